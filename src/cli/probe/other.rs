//! `probe --as` and `probe --from-swaks`.

use crate::cli::args::{Host, ProbeArgs, Program, Sender};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::mail::clean::clean;
use crate::mail::reach::{Family, Place, Protocol};
use crate::mailer::probe::lines::{Call, Written, curl, openssl, read, swaks};
use crate::mailer::probe::walk::Plan;

/// What is said where swaks would send a message.
const NO_CONTENT: &str = "swaks would send a message; this walk ends without content. Say --test-message to send a small one.";

/// Prints the plan as a line of another program.
pub(super) fn print_as(plan: &Plan, program: Program, quiet: bool) -> Result<Exit, Stop> {
    let Written { line, notes } = match program {
        Program::Swaks => swaks(plan),
        Program::Openssl => openssl(plan),
        Program::Curl => curl(plan),
    };
    let Some(line) = line else {
        let words = format!("there is no such line: {}", notes.join(" "));
        return Err(Stop::new(Exit::Unavailable, words));
    };
    output::print(format!("{line}\n"))?;
    if !quiet {
        for note in notes {
            output::complain(&clean(&note));
        }
    }
    Ok(Exit::Ok)
}

/// The flags with what a line of swaks says laid under them, and remarks on what it says in vain.
pub(super) fn merged(args: &mut ProbeArgs, host: &mut Host) -> Result<Vec<String>, Stop> {
    let Some(line) = &args.expert.from_swaks else {
        return Ok(Vec::new());
    };
    let reading = read(line).map_err(|fault| {
        Stop::new(
            Exit::Usage,
            format!("--from-swaks: {}", clean(&fault.to_string())),
        )
    })?;
    let (call, mut notes) = (reading.call, reading.notes);
    place(&call, args, host);
    let path = |path: &std::path::PathBuf| path.display().to_string();
    under(&mut host.security, Some(call.security.name().to_owned()));
    if call.protocol == Protocol::Lmtp {
        under(&mut host.transport, Some("lmtp".to_owned()));
    }
    under(&mut host.hello, call.hello.clone());
    under(&mut host.user, call.user.clone());
    under(
        &mut host.auth,
        call.auth.map(|sasl| sasl.name().to_lowercase()),
    );
    under(&mut host.tls_name, call.tls_name.clone());
    under(&mut host.ca_file, call.ca_file.as_ref().map(path));
    if let Some((certificate, key)) = &call.client_certificate {
        under(&mut host.client_cert, Some(path(certificate)));
        under(&mut host.client_key, Some(path(key)));
    }
    under(&mut host.source, call.source.map(|one| one.to_string()));
    under(
        &mut host.proxy_header,
        call.proxy.map(|one| one.to_string()),
    );
    if !host.ipv4 && !host.ipv6 {
        host.ipv4 = call.family == Family::V4;
        host.ipv6 = call.family == Family::V6;
    }
    if let (Some(time), true) = (call.timeout, host.timeout.is_empty()) {
        host.timeout.push(format!("{}ms", time.as_millis()));
    }
    under(&mut args.from, call.sender.clone().map(Sender));
    if args.to.is_empty() {
        args.to.clone_from(&call.recipients);
    }
    if args.expert.xclient.is_none() {
        args.expert.xclient.clone_from(&call.client);
    }
    notes.extend(end(&call, args));
    Ok(notes)
}

/// Where it ends; a remark where that is not where swaks would.
fn end(call: &Call, args: &mut ProbeArgs) -> Option<String> {
    let is_open = args.stop_after.is_none() && args.expert.drop_after.is_none();
    if is_open && !args.expert.test_message {
        match (call.stop, call.cut) {
            (Some(stage), true) if !args.expert.step => args.expert.drop_after = Some(stage),
            (Some(stage), _) => args.stop_after = Some(stage),
            (None, _) => return Some(NO_CONTENT.to_owned()),
        }
    }
    None
}

/// Where to call. What is named beside the line counts for more.
fn place(call: &Call, args: &ProbeArgs, host: &mut Host) {
    if args.host.is_some() || host.server.is_some() {
        return;
    }
    match &call.place {
        Some(Place::Host(name, port)) if name.contains(':') => {
            host.server = Some(format!("[{name}]:{port}"));
        }
        Some(Place::Host(name, port)) => host.server = Some(format!("{name}:{port}")),
        Some(Place::Socket(path)) => host.server = Some(format!("unix:{}", path.display())),
        Some(Place::Command(command)) => {
            under(&mut host.pipe, Some(command.clone()));
            // What speaks there has no name in the line.
            host.server = Some("localhost".to_owned());
        }
        None => {}
    }
}

fn under<T>(flag: &mut Option<T>, value: Option<T>) {
    if flag.is_none() {
        *flag = value;
    }
}
