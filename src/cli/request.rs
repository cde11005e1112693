//! From flags to what the configuration is asked for.

use std::path::PathBuf;

use super::args::{Common, Host};
use super::exit::Stop;
use crate::config::paths::Paths;
use crate::config::{ConfigError, Loaded, Origin, Override, Request, Scope, load};

/// Loads the settings that these flags ask for.
pub(super) fn settings(common: &Common, host: &Host) -> Result<Loaded, Stop> {
    let request = Request {
        file: file(common),
        standard: standard(),
        account: common.account.clone(),
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("TURBOMAIL_"))
            .collect(),
        flags: flags(common, host)?,
    };
    Ok(load(&request)?)
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
    let simple: [(&str, Scope, &[&str], &Option<String>); 14] = [
        (
            "--server",
            Scope::Account,
            &["smtp", "server"],
            &host.server,
        ),
        (
            "--security",
            Scope::Account,
            &["smtp", "security"],
            &host.security,
        ),
        ("--user", Scope::Account, &["smtp", "user"], &host.user),
        (
            "--password-command",
            Scope::Account,
            &["smtp", "password_command"],
            &host.password_command,
        ),
        (
            "--ca-file",
            Scope::Account,
            &["smtp", "ca_file"],
            &host.ca_file,
        ),
        (
            "--source",
            Scope::Account,
            &["smtp", "source"],
            &host.source,
        ),
        (
            "--connect-to",
            Scope::Account,
            &["smtp", "connect_to"],
            &host.connect_to,
        ),
        ("--hello", Scope::Account, &["smtp", "hello"], &host.hello),
        (
            "--transport",
            Scope::Account,
            &["transport"],
            &host.transport,
        ),
        ("--count", Scope::Account, &["smtp", "count"], &host.count),
        ("--retry", Scope::Account, &["retry"], &host.retry),
        ("--no-retry", Scope::Account, &["retry"], &never),
        ("--expire", Scope::Account, &["expire"], &host.expire),
        ("--color", Scope::Root, &["console", "color"], &color),
    ];
    let mut list: Vec<Override> = simple
        .into_iter()
        .filter_map(|(name, scope, key, value)| {
            Some(Override::flag(name, scope, key, value.clone()?))
        })
        .collect();
    list.extend(
        family
            .map(|(flag, value)| Override::flag(flag, Scope::Account, &["smtp", "family"], value)),
    );
    let origin = Origin::Flag("--timeout".to_owned());
    for text in &host.timeout {
        list.extend(Override::timeouts(&origin, text)?);
    }
    Ok(list)
}
