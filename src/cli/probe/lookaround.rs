//! `probe --grid`: the ports of a host, what there is at each, and which way is the best.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::card;
use super::remedy::{self, Given};
use crate::cli::exit::{Exit, Stop, of_walk};
use crate::cli::output;
use crate::mail::clean::Clean;
use crate::mail::diagnosis::Finding;
use crate::mail::reach::Family;
use crate::mailer::probe::conclude::{Beside, conclude_with};
use crate::mailer::probe::grid::{Cell, Found, best, grid_by};
use crate::mailer::probe::remedy::{Remedy, remedies};
use crate::mailer::probe::report::Report;
use crate::mailer::probe::walk::Plan;

/// Looks around and says what there is.
pub(super) async fn look(
    ports: &[u16],
    given: Given<'_>,
    beside: Beside<'_>,
) -> Result<Exit, Stop> {
    let Given { common, plan, .. } = given;
    let cells = grid_by(plan.names.as_ref(), &plan.host, ports).await;
    let beside = Beside {
        cells: &cells,
        ..beside
    };
    let (findings, tries) = explained(plan, &beside);
    if common.json {
        let tries = remedy::told(&tries, given);
        output::print(format!("{}\n", object(plan, &cells, &findings, &tries)))?;
    } else if !common.quiet {
        let text = table(plan, &cells) + &card::found(&findings);
        output::print(text + &remedy::lines(&tries, given))?;
    }
    Ok(status(&cells))
}

/// What the port that is set means, with all that the other ports have shown. Nothing where it is not among them.
fn explained(plan: &Plan, beside: &Beside<'_>) -> (Vec<Finding>, Vec<Remedy>) {
    let own = { beside.cells.iter() }.filter(|cell| cell.port == plan.host.port);
    // Where one family of addresses works, the other one is what is left to be explained beside it.
    let own = own.min_by_key(|cell| cell.found != Found::Works);
    own.map_or_else(Default::default, |own| {
        let findings = conclude_with(&own.walk, beside);
        let tries = remedies(&own.walk, &findings, beside.cells);
        (findings, tries)
    })
}

fn status(cells: &[Cell]) -> Exit {
    if best(cells).is_some() {
        Exit::Ok
    } else if cells.iter().all(|cell| cell.found == Found::Unreachable) {
        let mut statuses = cells.iter().map(|cell| of_walk(&cell.walk));
        statuses.next().unwrap_or(Exit::Unavailable)
    } else {
        Exit::Unavailable
    }
}

fn object(plan: &Plan, cells: &[Cell], findings: &[Finding], tries: &Value) -> Value {
    let cell = |cell: &Cell| {
        json!({
            "port": cell.port,
            "family": cell.family.name(),
            "security": cell.security,
            "found": cell.found,
            "report": Report::of(&cell.walk),
        })
    };
    let best = best(cells);
    json!({
        "server": { "host": Clean::from(plan.host.host.as_str()) },
        "ports": cells.iter().map(cell).collect::<Vec<_>>(),
        "best": best.map(|cell| json!({ "port": cell.port, "security": cell.security })),
        "findings": findings,
        "remedies": tries,
    })
}

fn table(plan: &Plan, cells: &[Cell]) -> String {
    let mut text = String::new();
    let is_split = cells.iter().any(|cell| cell.family != Family::Any);
    for cell in cells {
        let walk = &cell.walk;
        let detail = match (&walk.failure, walk.capabilities()) {
            (None, Some(offered)) => match offered.mechanisms().as_slice() {
                [] => "no login offered".to_owned(),
                ways => format!("login by {}", ways.join(", ")),
            },
            (Some(failure), _) => failure.text(),
            (None, None) => String::new(),
        };
        let family = if is_split {
            format!("{:<4}  ", cell.family)
        } else {
            String::new()
        };
        let row = format!(
            "{:>5}  {family}{:<8}  {:<14}  {}",
            cell.port,
            cell.security,
            cell.found.words(),
            Clean::from(detail)
        );
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{}", row.trim_end());
    }
    let host = Clean::from(plan.host.host.as_str());
    let _ = match best(cells) {
        Some(cell) => writeln!(
            text,
            "\nThe best way: --server {}:{} --security {}",
            bracketed(&host),
            cell.port,
            cell.security
        ),
        None => writeln!(text, "\nNo way with TLS that can be trusted was found."),
    };
    text
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}
