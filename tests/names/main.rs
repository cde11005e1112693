//! What the name system says, asked of a real name server and of things that are none; and the command that uses it.

#![expect(clippy::expect_used, reason = "a test says what it takes for granted")]

#[expect(dead_code, reason = "the dialogue's own tests use more of it")]
#[path = "../support/certificates.rs"]
mod certificates;
mod command;
mod domains;
mod machines;
#[expect(dead_code, reason = "the dialogue's own tests use more of it")]
#[path = "../support/relay.rs"]
mod relay;
mod server;

use turbomail::probe::names::Resolver;

use server::NameServer;

/// A name server with these lines, and who asks it.
fn with(lines: &[&str]) -> Option<(NameServer, Resolver)> {
    let lines: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
    let server = NameServer::start(&lines)?;
    let resolver = Resolver::at(server.address).expect("a resolver");
    Some((server, resolver))
}
