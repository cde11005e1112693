//! This machine as the server sees it: a line for people and an object for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::domain::{listed, told};
use crate::mailer::probe::names::{HelloName, Machine, ReverseName, Unseen};

/// For programs; null where it is not known under which address the server sees this machine.
pub(super) fn object(machine: Result<&Machine, &Unseen>) -> Value {
    let Ok(machine) = machine else {
        return Value::Null;
    };
    let mut object = json!(machine);
    if let Some(object) = object.as_object_mut() {
        object.insert("findings".to_owned(), json!(machine.findings()));
    }
    object
}

/// For people.
pub(super) fn lines(machine: Result<&Machine, &Unseen>) -> String {
    let machine = match machine {
        Ok(machine) => machine,
        Err(unseen) => return format!("  this machine  not known: {unseen}\n"),
    };
    let seen = machine.seen;
    let mut text = format!(
        "  this machine  {}, {}",
        seen.address,
        seen.known_by.words()
    );
    let Some(reverse) = &machine.reverse else {
        return text + "; not public, and nothing is asked about it\n";
    };
    let names = told(reverse, |all| {
        { all.iter().map(name) }.collect::<Vec<_>>().join("; ")
    });
    // Writing into a String cannot fail.
    let _ = write!(text, " · PTR {names}");
    if machine.left_out > 0 {
        let _ = write!(text, "; and {} more", machine.left_out);
    }
    text.push('\n');
    if let Some(one) = &machine.hello {
        let _ = writeln!(text, "  EHLO          {}, {}", one.name, hello(one));
    }
    text
}

fn name(one: &ReverseName) -> String {
    let back = match (one.leads_back, &one.addresses.0) {
        (Some(true), _) => "leads back".to_owned(),
        (_, Ok(others)) => format!("leads to {} and not back", listed(others.iter().take(4))),
        (Some(false), Err(_)) => "has no address".to_owned(),
        (None, Err(missing)) => format!("not learnt where it leads: {missing}"),
    };
    format!("{}, {back}", one.name)
}

fn hello(one: &HelloName) -> String {
    if one.is_reverse_name {
        return "a name of this address".to_owned();
    }
    match &one.addresses.0 {
        Ok(all) => format!("leads to {}", listed(all.iter().take(4))),
        Err(missing) if missing.is_certain() => "has no address".to_owned(),
        Err(missing) => format!("not learnt where it leads: {missing}"),
    }
}
