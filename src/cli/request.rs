//! From flags to what the configuration is asked for.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use super::args::{Common, Host};
use super::exit::Stop;
use super::output;
use crate::config::paths::Paths;
use crate::config::{ConfigError, Loaded, Origin, Override, Request, Scope, load};
use crate::mailer::probe::Knowledge;

/// Loads the settings that these flags ask for.
pub(super) fn settings(common: &Common, host: &Host) -> Result<Loaded, Stop> {
    load_for(
        common,
        host,
        common.account.clone(),
        std::io::stdin().is_terminal(),
    )
}

/// Loads the settings for a message that somebody else delivers: no password is needed.
pub(super) fn settings_without_login(common: &Common, host: &Host) -> Result<Loaded, Stop> {
    load_for(common, host, common.account.clone(), true)
}

/// Loads the settings for a look at the queue: the account need not exist any more, and no password is needed.
pub(super) fn settings_of_queue(common: &Common, host: &Host) -> Result<Loaded, Stop> {
    load_for(common, host, None, true)
}

fn load_for(
    common: &Common,
    host: &Host,
    account: Option<String>,
    can_ask: bool,
) -> Result<Loaded, Stop> {
    let request = Request {
        file: file(common),
        standard: standard(),
        account,
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("TURBOMAIL_"))
            .collect(),
        flags: flags(common, host)?,
        can_ask,
    };
    Ok(load(&request)?)
}

/// Says what is no fault and yet worth knowing.
pub(super) fn remark(loaded: &Loaded, quiet: bool) {
    if !quiet {
        for remark in &loaded.remarks {
            output::complain(&crate::mail::clean::clean(remark));
        }
    }
}

/// What is known of failures. Rules of one's own that are at fault are told, and hold no mail up: it is explained without them.
pub(super) fn knowledge(loaded: &Loaded) -> Option<Arc<Knowledge>> {
    loaded.knowledge().unwrap_or_else(|error| {
        output::complain(&error.to_string());
        None
    })
}

/// The file that was asked for by flag or variable; an empty variable asks for none.
pub(super) fn file(common: &Common) -> Option<PathBuf> {
    let variable = || std::env::var_os("TURBOMAIL_CONFIG").filter(|path| !path.is_empty());
    common
        .config
        .clone()
        .or_else(|| variable().map(PathBuf::from))
}

/// The file that is read where it is there.
pub(super) fn standard() -> Option<PathBuf> {
    Paths::find().map(|paths| paths.config)
}

fn flags(common: &Common, host: &Host) -> Result<Vec<Override>, ConfigError> {
    let never = host.no_retry.then(|| "never".to_owned());
    let color = common.color.map(|when| when.name().to_owned());
    let family = match (host.ipv4, host.ipv6) {
        (true, _) => Some(("--ipv4", "4")),
        (_, true) => Some(("--ipv6", "6")),
        _ => None,
    };
    let account: [(&str, &[&str], &Option<String>); 27] = [
        ("--provider", &["smtp", "provider"], &host.provider),
        (
            host.server_word.unwrap_or("--server"),
            &["smtp", "server"],
            &host.server,
        ),
        ("--security", &["smtp", "security"], &host.security),
        ("--user", &["smtp", "user"], &host.user),
        (
            "--password-command",
            &["smtp", "password_command"],
            &host.password_command,
        ),
        (
            "--password-file",
            &["smtp", "password_file"],
            &host.password_file,
        ),
        (
            "--token-command",
            &["smtp", "token_command"],
            &host.token_command,
        ),
        ("--auth", &["smtp", "auth"], &host.auth),
        ("--ca-file", &["smtp", "ca_file"], &host.ca_file),
        ("--pin", &["smtp", "pin"], &host.pin),
        ("--client-cert", &["smtp", "client_cert"], &host.client_cert),
        ("--client-key", &["smtp", "client_key"], &host.client_key),
        ("--tls-name", &["smtp", "tls_name"], &host.tls_name),
        ("--source", &["smtp", "source"], &host.source),
        ("--connect-to", &["smtp", "connect_to"], &host.connect_to),
        ("--pipe", &["smtp", "connect_command"], &host.pipe),
        (
            "--proxy-header",
            &["smtp", "proxy_header"],
            &host.proxy_header,
        ),
        ("--hello", &["smtp", "hello"], &host.hello),
        ("--transport", &["transport"], &host.transport),
        ("--count", &["smtp", "count"], &host.count),
        ("--bulk-window", &["smtp", "bulk_window"], &host.bulk_window),
        ("--on-uncertain", &["on_uncertain"], &host.on_uncertain),
        ("--retry", &["retry"], &host.retry),
        ("--no-retry", &["retry"], &never),
        ("--expire", &["expire"], &host.expire),
        ("--warn", &["warn"], &host.warn),
        ("--report", &["report"], &host.report),
    ];
    let mut list: Vec<Override> = account
        .into_iter()
        .filter_map(|(name, key, value)| {
            Some(Override::flag(name, Scope::Account, key, value.clone()?))
        })
        .collect();
    list.extend(
        color.map(|color| Override::flag("--color", Scope::Root, &["console", "color"], color)),
    );
    let log = host.log.clone();
    list.extend(log.map(|file| Override::flag("--log", Scope::Root, &["log", "file"], file)));
    list.extend(
        family
            .map(|(flag, value)| Override::flag(flag, Scope::Account, &["smtp", "family"], value)),
    );
    let spool = match (&common.spool, common.no_spool) {
        (Some(dir), _) => Some(("--spool", dir.clone())),
        (None, true) => Some(("--no-spool", "false".to_owned())),
        (None, false) => None,
    };
    list.extend(
        spool.map(|(flag, value)| Override::flag(flag, Scope::Root, &["queue", "spool"], value)),
    );
    let origin = Origin::Flag("--timeout".to_owned());
    for text in &host.timeout {
        list.extend(Override::timeouts(&origin, text)?);
    }
    Ok(list)
}
