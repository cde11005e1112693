//! From flags and settings to the plan of a walk.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::domain::resolver;
use super::place;
use crate::cli::args::{Common, Host, ProbeArgs};
use crate::cli::exit::{Exit, Stop};
use crate::cli::{prompt, request};
use crate::config::Loaded;
use crate::mail::address::Address;
use crate::mail::smarthost::SmartHost;
use crate::mail::stage::Stage;
use crate::mailer::probe::place::{Place, read};
use crate::mailer::probe::walk::{LookUp, Plan};

/// Recipients that are asked for: what every server must take in one transaction (RFC 5321 §4.5.3.1.8).
const MOST: usize = 100;
/// What the smart host is called where it stands without a flag.
const ARGUMENT: &str = "HOST";

/// Loads the settings, asks for the password where one is needed and missing, and makes the plan; with how the server was found.
pub(super) fn plan(
    args: &ProbeArgs,
    common: &Common,
    host: &Host,
    runtime: &Runtime,
) -> Result<(Loaded, Plan, Place), Stop> {
    expert(args)?;
    let place = sought(args, common, host, runtime)?;
    let mut host = host.clone();
    if args.host.is_some() {
        let target = place.target.clone();
        // A flag: it stands over the account's own server and provider.
        (host.server, host.server_word) = (Some(target.server), Some(ARGUMENT));
        host.security = host
            .security
            .or(target.security.map(|one| one.name().to_owned()));
        host.user = host.user.or(target.user);
    }
    let loaded = loaded(args, common, &host, &place)?;
    if args.to.len() > MOST {
        let words = format!("a walk asks for {MOST} recipients at the most");
        return Err(Stop::new(Exit::Usage, words));
    }
    let mut smart_host = smart_host(&loaded)?;
    if place.bars_login {
        smart_host.credentials = None;
    }
    let sender = match &args.from {
        Some(sender) => sender.0.clone(),
        None => place
            .sender
            .clone()
            .or_else(|| sender(&loaded, &smart_host)),
    };
    let names = match args.names.resolver {
        Some(_) => {
            let resolver = runtime.block_on(async { resolver(&args.names) });
            let resolver =
                resolver.map_err(|missing| Stop::new(Exit::TempFail, missing.to_string()))?;
            Some(Arc::new(resolver) as Arc<dyn LookUp>)
        }
        None => None,
    };
    if args.no_login {
        smart_host.credentials = None;
    }
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
        names,
        ..Plan::new(smart_host)
    };
    Ok((loaded, plan, place))
}

/// What the argument means. The name system is asked only where that alone can tell, and only once the rest is known to be right.
fn sought(
    args: &ProbeArgs,
    common: &Common,
    host: &Host,
    runtime: &Runtime,
) -> Result<Place, Stop> {
    let Some(text) = &args.host else {
        return Ok(Place::default());
    };
    if host.server.is_some() || host.provider.is_some() {
        let words = "the smart host is named twice; leave --server, --provider or the argument out";
        return Err(Stop::new(Exit::Usage, words));
    }
    // What is no protection is told where the settings are read.
    let security = { host.security.as_deref() }.and_then(|name| name.parse().ok());
    let place = read(text, security).map_err(|error| place::not_taken(&error))?;
    if !place.is_open {
        return Ok(place);
    }
    // Where to call is known, and so there is nothing to look for.
    if host.connect_to.is_some() || host.pipe.is_some() {
        return Ok(place.into_host());
    }
    let mut trial = host.clone();
    trial.server = Some(place.target.server.clone());
    trial.server_word = Some(ARGUMENT);
    if args.logs_in() {
        request::settings(common, &trial)?;
    } else {
        request::settings_without_login(common, &trial)?;
    }
    let settled = async { place.settled(resolver(&args.names), security).await };
    Ok(runtime.block_on(settled))
}

/// The settings, with a password only where the walk comes to a login.
fn loaded(args: &ProbeArgs, common: &Common, host: &Host, place: &Place) -> Result<Loaded, Stop> {
    let logs_in = args.logs_in() && !place.bars_login && !place::is_content_without_login(place);
    if logs_in && args.expert.as_program.is_none() {
        let loaded = request::settings(common, host)?;
        request::remark(&loaded, common.quiet);
        return prompt::completed(&loaded);
    }
    let mut loaded = request::settings_without_login(common, host)?;
    request::remark(&loaded, common.quiet);
    if args.expert.as_program.is_none() {
        forget_login(&mut loaded);
    } else if loaded.lacks_password().is_some() {
        // Nobody logs in; what stands for the password is in no line.
        loaded.set_password(secrecy::SecretString::default());
    }
    Ok(loaded)
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
    loaded.selected().ok_or_else(missing)?;
    loaded.probed_host(&loaded.account)?.ok_or_else(missing)
}

/// The account's author, else the user where that is an address; else nobody.
fn sender(loaded: &Loaded, host: &SmartHost) -> Option<Address> {
    let author = loaded.selected().and_then(|account| account.from.as_ref());
    let author = author.map(|from| from.value.address.clone());
    author.or_else(|| host.credentials.as_ref()?.user.parse().ok())
}

/// The mail domain that is asked about, where that was asked for: the one that was named, else the sender's, else the target's.
pub(super) fn domain(args: &ProbeArgs, plan: &Plan, place: &Place) -> Result<Option<String>, Stop> {
    let Some(named) = &args.names.domain else {
        return Ok(None);
    };
    if !named.is_empty() {
        return Ok(Some(named.clone()));
    }
    let of_sender = plan
        .sender
        .as_ref()
        .map(|sender| sender.domain().to_owned());
    let domain = of_sender.or_else(|| place.domain.clone());
    let missing = || {
        let words = "whose domain is meant is not known; write --domain=DOMAIN, or give --from";
        Stop::new(Exit::Usage, words)
    };
    domain.ok_or_else(missing).map(Some)
}

/// The domain that was named, where there is no smart host to walk to.
pub(super) fn domain_alone(
    args: &ProbeArgs,
    common: &Common,
    host: &Host,
) -> Result<Option<String>, Stop> {
    let named = args.names.domain.as_ref().filter(|name| !name.is_empty());
    let Some(named) = named.filter(|_| args.host.is_none() && host.server.is_none()) else {
        return Ok(None);
    };
    let loaded = request::settings_without_login(common, host)?;
    let has_server = loaded
        .selected()
        .is_some_and(|account| account.smtp.server.is_some());
    Ok((!has_server).then(|| named.clone()))
}
