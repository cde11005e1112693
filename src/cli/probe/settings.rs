//! From flags and settings to the plan of a walk.

use crate::cli::args::{Common, Host, ProbeArgs};
use crate::cli::exit::{Exit, Stop};
use crate::cli::{prompt, request};
use crate::config::Loaded;
use crate::mail::address::Address;
use crate::mail::smarthost::SmartHost;
use crate::mailer::probe::target::{self, TargetError};
use crate::mailer::probe::walk::Plan;

/// Recipients that are asked for: what every server must take in one transaction (RFC 5321 §4.5.3.1.8).
const MOST: usize = 100;

/// Loads the settings, asks for the password where one is needed and missing, and makes the plan.
pub(super) fn plan(args: &ProbeArgs, common: &Common, host: &Host) -> Result<(Loaded, Plan), Stop> {
    let mut host = host.clone();
    if let Some(text) = &args.host {
        if host.server.is_some() {
            let words = "the smart host is named twice; leave --server or the argument out";
            return Err(Stop::new(Exit::Usage, words));
        }
        let target = target::read(text).map_err(|error| not_taken(&error))?;
        host.server = Some(target.server);
        host.security = host
            .security
            .or(target.security.map(|one| one.name().to_owned()));
        host.user = host.user.or(target.user);
    }
    let loaded = if args.logs_in() {
        let loaded = request::settings(common, &host)?;
        request::remark(&loaded, common.quiet);
        prompt::completed(&loaded)?
    } else {
        let mut loaded = request::settings_without_login(common, &host)?;
        request::remark(&loaded, common.quiet);
        forget_login(&mut loaded);
        loaded
    };
    if args.to.len() > MOST {
        let words = format!("a walk asks for {MOST} recipients at the most");
        return Err(Stop::new(Exit::Usage, words));
    }
    let mut smart_host = smart_host(&loaded)?;
    let sender = match &args.from {
        Some(sender) => sender.0.clone(),
        None => sender(&loaded, &smart_host),
    };
    if args.no_login {
        smart_host.credentials = None;
    }
    let plan = Plan {
        sender,
        recipients: args.to.clone(),
        stop_after: args.stop_after,
        force_starttls: args.force_starttls,
        ..Plan::new(smart_host)
    };
    Ok((loaded, plan))
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
    loaded.selected().ok_or_else(missing)?;
    loaded.probed_host(&loaded.account)?.ok_or_else(missing)
}

/// A password in the argument is seen by everybody on the machine, and there are other ways for it.
pub(super) fn not_taken(error: &TargetError) -> Stop {
    let words = match error {
        TargetError::Password => {
            "a password on the command line can be seen by others, and is not taken; write only the host, \
             and give --user and --password-command"
                .to_owned()
        }
        other => other.to_string(),
    };
    Stop::new(Exit::Usage, words)
}

/// The account's author, else the user where that is an address; else nobody.
fn sender(loaded: &Loaded, host: &SmartHost) -> Option<Address> {
    let author = loaded.selected().and_then(|account| account.from.as_ref());
    let author = author.map(|from| from.value.address.clone());
    author.or_else(|| host.credentials.as_ref()?.user.parse().ok())
}
