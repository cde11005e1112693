//! `provider = "gmail"`: the server, its protection and what else is known of a mail provider, wherever nothing closer says otherwise.

use toml::Value;

use super::layers::{Layers, Origin};
use super::settings::{Account, Manager, Smtp};
use crate::mail::server::Server;
use crate::mailer::probe::presets::{Presets, Proposal};

/// The server that a provider's short name stands for; `None` where it stands for none.
pub(super) fn server(name: &str) -> Option<Server> {
    first(name)?.server().parse().ok()
}

fn first(name: &str) -> Option<Proposal> {
    Presets::standard().named(name).ok()?.into_iter().next()
}

/// Lays under each account what its provider brings. A name that nobody knows brings nothing, and is a fault later on.
pub(super) fn fill(layers: &mut Layers) {
    let accounts = layers.table.get("account").and_then(Value::as_table);
    let names: Vec<String> = accounts
        .map(|all| all.keys().cloned().collect())
        .unwrap_or_default();
    for name in names {
        fill_account(layers, &name);
    }
}

fn fill_account(layers: &mut Layers, account: &str) {
    let path = |below: &[&str]| -> Vec<String> {
        let above = ["account", account];
        above.iter().chain(below).map(|&part| part.into()).collect()
    };
    let key = path(&["smtp", "provider"]);
    let Some(name) = text(layers, &key) else {
        return;
    };
    let (Some(proposal), Some(of)) = (first(&name), layers.origins.get(&key).cloned()) else {
        return;
    };
    // A flag stands over the file, also where the one names a provider and the other a server.
    let is_closer = |layers: &Layers, key: &[String]| {
        layers.origins.get(key).is_some_and(|one| one.covers(&of))
    };
    let origin = Origin::Provider(name);
    let mut values: Vec<(Vec<String>, Value)> = Vec::new();
    let server = path(&["smtp", "server"]);
    if is_closer(layers, &server) {
        // Another server than the provider's is a matter of its own.
        let written = text(layers, &server).and_then(|text| text.parse::<Server>().ok());
        if !written.is_some_and(|written| proposal.preset.has_host(&written.host)) {
            return;
        }
    } else {
        values.push((server, Value::String(proposal.server())));
        let security = proposal.security.name().to_owned();
        values.push((path(&["smtp", "security"]), Value::String(security)));
    }
    if let Some(auth) = proposal.auth {
        let auth = auth.name().to_lowercase();
        values.push((path(&["smtp", "auth"]), Value::String(auth)));
    }
    let limits = proposal.preset.limits;
    let defaults: (Smtp, Manager) = (Account::default().smtp, Account::default().manager);
    for (key, limit, usual) in [
        (
            path(&["smtp", "count"]),
            limits.per_connection,
            defaults.0.count.0,
        ),
        (
            path(&["manager", "workers"]),
            limits.connections,
            defaults.1.workers.0,
        ),
    ] {
        // What is allowed is no aim: only a limit below what is usual changes anything.
        let limit = limit.filter(|limit| *limit < usual);
        let limit = limit.and_then(|limit| i64::try_from(limit).ok());
        values.extend(limit.map(|limit| (key, Value::Integer(limit))));
    }
    for (key, value) in values {
        if !is_closer(layers, &key) {
            layers.set(key, value, origin.clone());
        }
    }
}

fn text(layers: &Layers, key: &[String]) -> Option<String> {
    let (last, above) = key.split_last()?;
    let mut table = &layers.table;
    for name in above {
        table = table.get(name)?.as_table()?;
    }
    table.get(last)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::file::ConfigFile;
    use super::super::{Loaded, Override, Request, Scope, load};

    fn loaded(text: &str, flags: &[(&str, &str)]) -> Result<Loaded, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        assert!(ConfigFile::understand(Path::new("c"), text.to_owned()).is_ok());
        let flag = |(key, value): &(&str, &str)| {
            Override::flag(&format!("--{key}"), Scope::Account, &["smtp", key], *value)
        };
        let request = Request {
            file: Some(file.path().to_owned()),
            flags: flags.iter().map(flag).collect(),
            can_ask: true,
            ..Request::default()
        };
        load(&request).map_err(|error| error.to_string())
    }

    fn of(loaded: &Loaded, key: &[&str]) -> (String, String) {
        let key = [&["account", "w"], key].concat().join(".");
        let all = loaded.show();
        let one = all.iter().find(|one| one.key == key).expect("there");
        (one.value.to_string(), one.source.clone())
    }

    #[test]
    fn a_provider_brings_what_is_not_set_and_says_so() {
        let text = "[account.w.smtp]\nprovider = \"office365\"\n";
        let all = loaded(text, &[]).expect("right");
        let from = |value: &str| (value.to_owned(), "provider office365".to_owned());
        let server = of(&all, &["smtp", "server"]);
        assert_eq!(server, from("\"smtp.office365.com:587\""));
        assert_eq!(of(&all, &["smtp", "security"]), from("\"starttls\""));
        assert_eq!(of(&all, &["manager", "workers"]), from("3"));
        assert_eq!(of(&all, &["smtp", "count"]).1, "default");
        let own = format!("{text}security = \"tls\"\n[account.w.manager]\nworkers = 2\n");
        let all = loaded(&own, &[]).expect("right");
        assert_eq!(of(&all, &["smtp", "security"]).0, "\"tls\"");
        assert_eq!(of(&all, &["manager", "workers"]).0, "2");
        let other = format!("{text}server = \"relay.example:25\"\n");
        let all = loaded(&other, &[]).expect("right");
        assert_eq!(of(&all, &["smtp", "server"]).0, "\"relay.example:25\"");
        assert_eq!(of(&all, &["smtp", "security"]).1, "default");
        assert_eq!(of(&all, &["manager", "workers"]).1, "default");
    }

    #[test]
    fn a_flag_stands_over_the_file_and_the_login_stays_with_its_host() {
        let login = "user = \"me\"\npassword_command = \"true\"\n";
        let gmail = format!("[account.w.smtp]\nprovider = \"gmail\"\n{login}");
        let all = loaded(&gmail, &[]).expect("right");
        assert_eq!(of(&all, &["smtp", "user"]).0, "\"me\"");
        let elsewhere = loaded(&gmail, &[("server", "relay.example:25")]).expect("right");
        assert_eq!(of(&elsewhere, &["smtp", "user"]).0, "null");
        assert_eq!(of(&elsewhere, &["smtp", "password_command"]).0, "null");
        assert_eq!(of(&elsewhere, &["smtp", "security"]).1, "default");
        let relay = format!("[account.w.smtp]\nserver = \"relay.example:25\"\n{login}");
        let all = loaded(&relay, &[("provider", "gmail")]).expect("right");
        let server = of(&all, &["smtp", "server"]);
        assert_eq!(server.0, "\"smtp.gmail.com:465\"");
        assert_eq!(of(&all, &["smtp", "password_command"]).0, "null");
        let all = loaded(&gmail, &[("provider", "fastmail")]).expect("right");
        assert_eq!(of(&all, &["smtp", "user"]).0, "null");
    }

    #[test]
    fn an_unknown_provider_is_a_fault_that_names_the_nearest() {
        let fault = |name: &str| {
            let text = format!("[account.w.smtp]\nprovider = \"{name}\"\n");
            loaded(&text, &[]).expect_err("a fault")
        };
        let words = fault("gmial");
        assert!(words.contains("did you mean \"gmail\"?"), "{words}");
        assert!(words.contains(":2:"), "{words}");
        let words = fault("ses");
        assert!(words.contains("ses-eu-west-1"), "{words}");
    }
}
