//! The README is held to its word: its two commands, its tour of the debug smart host, its links and its configuration.
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn readme() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    std::fs::read_to_string(file).expect("a README")
}

/// The fenced blocks of a language, in order.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let open = format!("```{language}\n");
    text.split(open.as_str())
        .skip(1)
        .filter_map(|rest| rest.split_once("```").map(|(block, _)| block.trim()))
        .collect()
}

#[test]
fn it_opens_with_a_picture_and_two_commands_that_cargo_knows() {
    let text = readme();
    let opening = text.split("\n## ").next().expect("an opening");
    assert!(opening.contains("](assets/screens/queue.svg)"));
    assert_eq!(blocks(opening, "sh"), ["cargo run", "cargo test"]);
    let manifest =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .expect("a manifest");
    // `cargo run` needs one program, and the feature that it needs by default.
    assert_eq!(manifest.matches("[[bin]]").count(), 1);
    assert!(manifest.contains("default = [\"console\"]"));
}

#[test]
fn every_file_that_it_names_is_there() {
    let text = readme();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named: Vec<&str> = text
        .split('`')
        .filter(|word| {
            (word.starts_with("src/") || word.starts_with("tests/") || word.starts_with("config/"))
                && !word.contains(['*', ' ', '…'])
        })
        .collect();
    assert!(named.len() > 10, "{named:?}");
    for path in named {
        assert!(root.join(path).exists(), "{path} is not there");
    }
}

#[test]
fn the_debug_smart_host_does_what_the_table_says() {
    let text = readme();
    let table: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("@…` | "))
        .collect();
    let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        ["greylist", "refuse", "full", "slow", "drop", "auth", "busy"]
    );
    for (name, code) in [
        ("greylist", 450),
        ("refuse", 550),
        ("full", 452),
        ("auth", 530),
        ("busy", 421),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_turbomail"))
            .args(["send", "--account", "debug", "--json", "--body", "x"])
            .arg(format!("{name}@debug.example"))
            .env_clear()
            .output()
            .expect("the program runs");
        let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(result["recipients"][0]["code"], code, "{name}: {result:#}");
    }
}

#[test]
fn its_configuration_is_valid() {
    let text = readme();
    let home = tempfile::TempDir::new().expect("a scratch home");
    for (number, block) in blocks(&text, "toml").iter().enumerate() {
        let file = home.path().join(format!("{number}.toml"));
        std::fs::write(&file, block).expect("a file");
        let output = Command::new(env!("CARGO_BIN_EXE_turbomail"))
            .args(["config", "check", "--config"])
            .arg(&file)
            .env_clear()
            .env("HOME", home.path())
            .output()
            .expect("the program runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
