//! `probe --grid`: the ports of a host, what there is at each, and which way is the best.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args::Common;
use crate::cli::exit::{Exit, Stop, of_walk};
use crate::cli::output;
use crate::mail::clean::Clean;
use crate::mailer::probe::grid::{Cell, Found, best, grid_by};
use crate::mailer::probe::report::Report;
use crate::mailer::probe::walk::Plan;

/// Looks around and says what there is.
pub(super) async fn look(plan: &Plan, ports: &[u16], common: &Common) -> Result<Exit, Stop> {
    let cells = grid_by(plan.names.as_ref(), &plan.host, ports).await;
    if common.json {
        output::print(format!("{}\n", object(plan, &cells)))?;
    } else if !common.quiet {
        output::print(table(plan, &cells))?;
    }
    Ok(status(&cells))
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

fn object(plan: &Plan, cells: &[Cell]) -> Value {
    let cell = |cell: &Cell| {
        json!({
            "port": cell.port,
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
    })
}

fn table(plan: &Plan, cells: &[Cell]) -> String {
    let mut text = String::new();
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
        let row = format!(
            "{:>5}  {:<8}  {:<14}  {}",
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
