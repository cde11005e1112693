//! From flags and settings to the plan of a walk.

use std::time::Duration;

use super::{other, target};
use crate::cli::args::{Common, Host, ProbeArgs};
use crate::cli::exit::{Exit, Stop};
use crate::cli::{output, prompt, request};
use crate::config::{Loaded, Origin};
use crate::mail::address::Address;
use crate::mail::reach::Protocol;
use crate::mail::smarthost::{SmartHost, Timeouts};
use crate::mail::stage::Stage;
use crate::mailer::probe::walk::Plan;

/// Recipients that are asked for: what every server must take in one transaction (RFC 5321 §4.5.3.1.8).
const MOST: usize = 100;
/// How long a stage may take where nobody has set it. A queue can wait for the five minutes of RFC 5321; who looks on cannot.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for the connection.
const TO_CONNECT: Duration = Duration::from_secs(15);

/// Loads the settings, asks for the password where one is needed and missing, and makes the plan.
pub(super) fn plan(args: &ProbeArgs, common: &Common, host: &Host) -> Result<(Loaded, Plan), Stop> {
    let (mut args, mut host) = (args.clone(), host.clone());
    let notes = other::merged(&mut args, &mut host)?;
    if !common.quiet {
        for note in notes {
            output::complain(&note);
        }
    }
    let args = &args;
    expert(args)?;
    if let Some(text) = &args.host {
        if host.server.is_some() {
            let words = "the smart host is named twice; leave --server or the argument out";
            return Err(Stop::new(Exit::Usage, words));
        }
        let target = target::read(text).map_err(|words| Stop::new(Exit::Usage, words))?;
        host.server = Some(target.server);
        host.security = host.security.or(target.security.map(str::to_owned));
        host.user = host.user.or(target.user);
    }
    let loaded = loaded(args, common, &host)?;
    if args.to.len() > MOST {
        let words = format!("a walk asks for {MOST} recipients at the most");
        return Err(Stop::new(Exit::Usage, words));
    }
    let smart_host = smart_host(&loaded)?;
    let sender = match &args.from {
        Some(sender) => sender.0.clone(),
        None => sender(&loaded, &smart_host),
    };
    if args.expert.test_message && sender.is_none() {
        let words = "a test message needs a sender that is no empty one; give --from";
        return Err(Stop::new(Exit::Usage, words));
    }
    let plan = Plan {
        sender,
        recipients: args.to.clone(),
        stop_after: args.stop_after.or(args.expert.drop_after),
        cut: args.expert.drop_after.is_some(),
        test_message: args.expert.test_message,
        client: args.expert.xclient.clone(),
        force_starttls: args.force_starttls,
        ..Plan::new(smart_host)
    };
    Ok((loaded, plan))
}

/// The settings, with a password only where the walk comes to a login.
fn loaded(args: &ProbeArgs, common: &Common, host: &Host) -> Result<Loaded, Stop> {
    if args.expert.as_program.is_some() {
        // Nobody logs in; what stands for the password is in no line.
        let mut loaded = request::settings_without_login(common, host)?;
        request::remark(&loaded, common.quiet);
        if loaded.lacks_password().is_some() {
            loaded.set_password(secrecy::SecretString::default());
        }
        Ok(loaded)
    } else if args.logs_in() {
        let loaded = request::settings(common, host)?;
        request::remark(&loaded, common.quiet);
        prompt::completed(&loaded)
    } else {
        let mut loaded = request::settings_without_login(common, host)?;
        request::remark(&loaded, common.quiet);
        forget_login(&mut loaded);
        Ok(loaded)
    }
}

/// What several flags together can get wrong.
fn expert(args: &ProbeArgs) -> Result<(), Stop> {
    let expert = &args.expert;
    let words = match (expert.drop_after, args.stop_after) {
        (Some(Stage::Data), _) if !expert.test_message => {
            "--drop-after data comes behind DATA, which is said with --test-message only"
        }
        _ if expert.test_message && args.to.is_empty() => {
            "a test message needs somebody to go to; give --to"
        }
        (_, Some(Stage::Resolve | Stage::Connect)) if expert.step => {
            "--step needs a session: stop after greeting or later"
        }
        _ => return Ok(()),
    };
    Err(Stop::new(Exit::Usage, words))
}

/// A walk without a login needs no password, be it set or not.
fn forget_login(loaded: &mut Loaded) {
    if loaded.lacks_password().is_some()
        && let Some(account) = loaded.settings.account.get_mut(&loaded.account)
    {
        account.smtp.user = None;
    }
}

fn smart_host(loaded: &Loaded) -> Result<SmartHost, Stop> {
    let missing = || {
        let words = format!(
            "there is no smart host to probe: the account {} has none; write turbomail probe HOST[:PORT]",
            crate::mail::clean::clean(&loaded.account)
        );
        Stop::new(Exit::Usage, words)
    };
    let account = loaded.selected().ok_or_else(missing)?;
    let host = account.smart_host().map_err(|(key, words)| {
        let key = [&["account", loaded.account.as_str()], key].concat();
        Stop::from(loaded.fault(&key, &words))
    })?;
    let mut host = host.ok_or_else(missing)?;
    if account.transport == "lmtp" {
        host.reach.protocol = Protocol::Lmtp;
    }
    for name in Timeouts::NAMES {
        let key = ["account", &loaded.account, "smtp", "timeout", name];
        if loaded.origin(&key) == Origin::Default
            && let Some(limit) = host.timeouts.named(name)
        {
            let most = if name == "connect" {
                TO_CONNECT
            } else {
                PATIENCE
            };
            *limit = (*limit).min(most);
        }
    }
    Ok(host)
}

/// The account's author, else the user where that is an address; else nobody.
fn sender(loaded: &Loaded, host: &SmartHost) -> Option<Address> {
    let author = loaded.selected().and_then(|account| account.from.as_ref());
    let author = author.map(|from| from.value.address.clone());
    author.or_else(|| host.credentials.as_ref()?.user.parse().ok())
}
