//! Processes of the tests: this program once more, with a role to play in a spool that the parent looks at from outside.

use std::path::Path;
use std::process::{Command, Output};

use super::{full, order, size};

/// Says which role; without it the entrance has nothing to do.
const ROLE: &str = "DURABILITY_ROLE";
/// The folder that it plays in.
const FOLDER: &str = "DURABILITY_FOLDER";

/// The entrance of the processes. Called as an ordinary test it has no role, and there is nothing to do.
#[test]
fn process_of_a_test() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let folder = std::env::var_os(FOLDER).expect("set with the role");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let dir = Path::new(&folder);
    runtime.block_on(async {
        match role.as_str() {
            "one by one" => order::one_by_one(dir).await,
            "a burst" => order::a_burst(dir, order::BURST).await,
            "a small burst" => order::a_burst(dir, order::SMALL_BURST).await,
            "a long queue" => size::a_long_queue(dir),
            "a full disk" => full::a_full_disk(dir).await,
            "a read-only disk" => full::a_read_only_disk(dir).await,
            other => panic!("unknown role {other}"),
        }
    });
}

/// Plays a role in a process of its own, started by way of `wrap`. Returns what it wrote.
pub(super) fn play(role: &str, folder: &Path, wrap: &[&str]) -> Result<String, String> {
    let program = std::env::current_exe().expect("this program");
    let program = program.to_str().expect("a plain path");
    let mut words = wrap.to_vec();
    words.extend([
        program,
        "--exact",
        "child::process_of_a_test",
        "--nocapture",
    ]);
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .env(ROLE, role)
        .env(FOLDER, folder);
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .map_err(|error| format!("{}: {error}", words[0]))?;
    let said = String::from_utf8_lossy(&stdout).into_owned();
    if status.success() {
        Ok(said)
    } else {
        Err(format!("{said}\n{}", String::from_utf8_lossy(&stderr)))
    }
}

/// Whether something that the machine may lack is here; where it has to be, its absence is a failure.
pub(super) fn is_here(what: &str, wrap: &[&str]) -> bool {
    let tried = Command::new(wrap[0]).args(&wrap[1..]).arg("true").output();
    let why = match tried {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    assert!(
        std::env::var_os("REAL_SERVERS").is_none(),
        "{what} is required: {why}"
    );
    println!("skipped, {what} is not here: {why}");
    false
}
