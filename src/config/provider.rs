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
