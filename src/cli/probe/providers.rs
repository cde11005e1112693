//! `probe --providers`: the mail providers that are known, as a table, or all that is known of one.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args::Common;
use crate::cli::exit::{Exit, Stop};
use crate::cli::output;
use crate::mailer::probe::presets::{Preset, Presets, Way};

/// Prints them all, or the one of this name.
pub(super) fn show(name: &str, common: &Common) -> Result<Exit, Stop> {
    let presets = Presets::standard();
    if name.is_empty() {
        let text = if common.json {
            presets
                .all()
                .fold(String::new(), |text, one| text + &line(one))
        } else {
            table(presets)
        };
        output::print(text)?;
        return Ok(Exit::Ok);
    }
    let found = { presets.preset(name) }
        .or_else(|| presets.of_domain(name))
        .or_else(|| presets.of_host(name));
    let named = || {
        let ways = presets.named(name);
        let ways = ways.map_err(|unnamed| Stop::new(Exit::Usage, unnamed.to_string()))?;
        let first = ways.first().map(|way| way.preset);
        first.ok_or_else(|| Stop::new(Exit::Usage, "this provider has no server"))
    };
    let preset = found.map_or_else(named, Ok)?;
    output::print(if common.json {
        line(preset)
    } else {
        card(preset)
    })?;
    Ok(Exit::Ok)
}

/// A provider as an object, its servers with their ways.
fn object(preset: &Preset) -> Value {
    let mut object = json!(preset);
    let servers = preset.servers.iter().map(|site| {
        json!({
            "host": site.host, "region": site.region, "at": site.at, "ways": preset.ways(site),
        })
    });
    if let Some(object) = object.as_object_mut() {
        object.insert("servers".to_owned(), servers.collect());
    }
    object
}

fn line(preset: &Preset) -> String {
    format!("{}\n", object(preset))
}

/// What a walk's report says of the provider: all but its other servers.
pub(super) fn brief(preset: &Preset) -> Value {
    json!({
        "name": preset.name,
        "title": preset.title,
        "user": preset.user,
        "user_hint": preset.user_hint,
        "password_hint": preset.password_hint,
        "limits": preset.limits,
        "notes": preset.notes,
    })
}

fn way(way: Way) -> String {
    format!("{} {}", way.port, way.security)
}

fn ways(all: &[Way]) -> String {
    let all: Vec<String> = all.iter().copied().map(way).collect();
    all.join(", ")
}

fn table(presets: &'static Presets) -> String {
    let mut text = String::new();
    for preset in presets.all() {
        let site = preset.servers.first();
        let place = match (site, preset.servers.len()) {
            (Some(site), 1) => site.host.clone(),
            (Some(site), count) => format!("{} +{}", site.host, count - 1),
            (None, _) => String::new(),
        };
        let best = site.and_then(|site| preset.ways(site).first().copied());
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "{:<17} {:<43} {:<13} {}",
            preset.name,
            place,
            best.map(way).unwrap_or_default(),
            preset.title
        );
    }
    text
}

fn card(preset: &Preset) -> String {
    let mut text = format!("{}\n\n", preset.title);
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:<10} {value}");
        }
    };
    let names: Vec<&str> = std::iter::once(&preset.name)
        .chain(&preset.also)
        .map(String::as_str)
        .collect();
    row("name", &names.join(", "));
    let shared = preset.servers.iter().all(|site| site.ways.is_empty());
    for site in &preset.servers {
        let mut value = site.host.clone();
        if !shared {
            let _ = write!(value, "  {}", ways(preset.ways(site)));
        }
        if let Some(region) = &site.region {
            let at = site.at.as_deref().unwrap_or(region);
            let _ = write!(value, "  ({}-{region}: {at})", preset.name);
        }
        row("server", &value);
    }
    if let (true, Some(site)) = (shared, preset.servers.first()) {
        row("ways", &ways(preset.ways(site)));
    }
    row("user", &preset.user_hint);
    row("password", &preset.password_hint);
    row("login by", &preset.logins());
    row("limits", &preset.limits.words());
    row("addresses", &preset.domains.join(", "));
    row("SPF", &included(&preset.spf));
    row("DKIM", &preset.dkim.join(", "));
    for note in &preset.notes {
        row("note", note);
    }
    if preset.choose {
        text.push_str(
            "\nAn account lives in one region: write its name, as it stands in brackets.\n",
        );
    }
    let name = match preset.servers.first().and_then(|site| site.region.as_ref()) {
        Some(region) if preset.choose => format!("{}-{region}", preset.name),
        _ => preset.name.clone(),
    };
    let _ = write!(
        text,
        "\n[account.{0}.smtp]\nprovider = \"{name}\"\n",
        preset.name.replace(['.', '-'], "_")
    );
    text
}

fn included(domains: &[String]) -> String {
    let all: Vec<String> = domains.iter().map(|one| format!("include:{one}")).collect();
    all.join(" or ")
}

/// The lines about the provider of a smart host, behind a walk; empty where it is none that is known.
pub(super) fn lines(host: &str) -> String {
    let Some(preset) = Presets::standard().of_host(host) else {
        return String::new();
    };
    let mut text = format!("\nProvider: {}\n", preset.title);
    for (name, value) in preset.facts(host) {
        let _ = writeln!(text, "  {name:<9}{value}");
    }
    text
}
