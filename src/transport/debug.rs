//! A real session with a scripted server in this process's memory: everything is as it would be, and nothing leaves the machine.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::carrier::{Dial, SmtpCarrier};
use super::contract::{Carrier, Objection, Transport};
use super::inquiry::inquire;
use super::largest::Largest;
use crate::mail::message::Message;
use crate::mail::outcome::Failure;
use crate::mail::smarthost::{Security, Server as Address, SmartHost};
use crate::mail::stage::Stage;
use crate::mail::transcript::{By, Transcript};
use crate::smtp::script::{Received, Script, ScriptError, Server};
use crate::smtp::{Link, Logins, Tls};

/// What the embedded server does: decent to everyone, except to the local parts that ask for trouble.
const SCRIPT: &str = include_str!("../../assets/scripts/debug.toml");

/// Octets that each direction of the pipe holds.
const PIPE: usize = 64 * 1024;

/// The `debug` transport.
#[derive(Debug)]
pub struct Debug {
    host: Arc<SmartHost>,
    server: Server,
    largest: Largest,
}

impl Debug {
    /// Talks to the embedded server. Options other than the limits and `count` of `like` are not used.
    ///
    /// # Errors
    /// Never with the embedded script; its faults are named all the same.
    pub fn new(like: Option<&SmartHost>) -> Result<Self, ScriptError> {
        Ok(Self::with_script(Script::from_str(SCRIPT)?, like))
    }

    /// Talks to a server that answers from another script.
    #[must_use]
    pub fn with_script(script: Script, like: Option<&SmartHost>) -> Self {
        let server = Address {
            host: "debug.example".to_owned(),
            port: Some(25),
        };
        let mut host = SmartHost::new(server, Security::None);
        host.hello = Some("localhost".to_owned());
        if let Some(like) = like {
            host.timeouts = like.timeouts.clone();
            host.count = like.count;
        }
        Self {
            host: Arc::new(host),
            server: Server::new(script),
            largest: Largest::default(),
        }
    }

    /// The messages that the server has received, oldest first; the latest 200 are kept.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.server.journal().messages()
    }
}

impl Transport for Debug {
    fn kind(&self) -> &'static str {
        "debug"
    }

    fn describe(&self) -> String {
        "debug.example, in memory: nothing leaves this machine".to_owned()
    }

    fn leaves_the_machine(&self) -> bool {
        false
    }

    fn count(&self) -> usize {
        self.host.count.max(1)
    }

    fn largest(&self) -> Option<u64> {
        self.largest.known()
    }

    fn inquire<'a>(
        &'a self,
        messages: &'a [Arc<Message>],
        limit: Duration,
    ) -> BoxFuture<'a, Result<(), Objection>> {
        async move {
            let (pipe, tls, logins) = (
                Pipe(self.server.clone()),
                Tls::new(Vec::new()),
                Logins::new(),
            );
            let largest = &self.largest;
            inquire(&self.host, &tls, &logins, &pipe, largest, messages, limit).await
        }
        .boxed()
    }

    fn carrier(&self) -> Box<dyn Carrier> {
        let pipe = Arc::new(Pipe(self.server.clone()));
        let tls = Tls::new(Vec::new());
        let carrier = SmtpCarrier::new(self.host.clone(), tls, pipe);
        Box::new(carrier.sharing(Logins::new(), self.largest.clone()))
    }
}

/// A pipe to a server that lives as long as the connection.
#[derive(Debug)]
struct Pipe(Server);

impl Dial for Pipe {
    fn dial<'a>(
        &'a self,
        host: &'a SmartHost,
        transcript: &'a Transcript,
    ) -> BoxFuture<'a, Result<Link, Failure>> {
        async move {
            transcript.enter(Stage::Connect);
            let (ours, theirs) = tokio::io::duplex(PIPE);
            let server = self.0.clone();
            // It ends by itself when our end is dropped.
            tokio::spawn(async move { server.serve(theirs).await });
            let note = "connected in memory; nothing leaves this machine";
            transcript.push(Stage::Connect, By::Note, note);
            Ok(Link::inside(ours, host))
        }
        .boxed()
    }
}
