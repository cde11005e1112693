//! The law of the house, checked: verbs go down, nouns lie on the ground, nothing looks up, and no room is a warehouse.
#![expect(clippy::expect_used, reason = "a test may stop at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each part and the parts it may name. Whoever is missing here may name nobody.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("mail", &[]),
    ("store", &[]),
    ("smtp", &["mail"]),
    ("queue", &["mail", "store"]),
    ("transport", &["mail", "store", "smtp"]),
    ("compose", &["mail", "store"]),
    ("probe", &["mail", "smtp"]),
    ("manager", &["mail", "queue", "transport"]),
    (
        "mailer",
        &[
            "mail",
            "store",
            "compose",
            "queue",
            "transport",
            "manager",
            "probe",
        ],
    ),
    ("config", &["mail", "mailer"]),
    ("cli", &["mail", "mailer", "config"]),
    ("tui", &["mail", "mailer", "config"]),
];

/// The only room of a lower part that a higher one may enter where the table says "its contract only".
const ONLY_THE_CONTRACT: &[(&str, &str, &str)] = &[("manager", "transport", "contract")];

const LONGEST_ROOM: usize = 500;
const LONGEST_MOD: usize = 40;

/// A source file and its module path, such as `["mail", "clock"]`.
struct Room {
    path: PathBuf,
    module: Vec<String>,
    text: String,
}

fn rooms() -> Vec<Room> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    files.sort();
    assert!(
        files.len() > 10,
        "the walk found only {} files",
        files.len()
    );
    files
        .into_iter()
        .map(|path| {
            let relative = path
                .strip_prefix(&src)
                .expect("below src")
                .with_extension("");
            let mut module: Vec<String> = relative
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
                module.pop();
            }
            let text = fs::read_to_string(&path).expect("readable source");
            Room { path, module, text }
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The source without comments and without what stands in string literals.
fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
            '"' => {
                out.push(' ');
                while let Some(c) = chars.next() {
                    match c {
                        '\\' => {
                            chars.next();
                        }
                        '"' => break,
                        '\n' => out.push('\n'),
                        _ => {}
                    }
                }
            }
            // A character literal such as '"' or '\''; a lifetime has no closing quote behind one character.
            '\'' => {
                let ahead: Vec<char> = chars.clone().take(3).collect();
                let length = match ahead[..] {
                    ['\\', _, '\''] => 3,
                    [_, '\'', ..] => 2,
                    _ => 0,
                };
                chars.by_ref().take(length).for_each(drop);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Every path that the code names from the crate's root, `super` and `self` resolved, groups in braces unfolded.
fn paths(room: &Room) -> Vec<Vec<String>> {
    let code = code(&room.text);
    let tests_begin = code.find("mod tests {").unwrap_or(code.len());
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '$')) {
                continue;
            }
            let mut here = room.module.clone();
            if at > tests_begin {
                here.push("tests".into());
            }
            unfold(&code[at..], &here, &mut found);
        }
    }
    found
}

/// Reads one path or tree of paths at the start of `text`.
fn unfold(text: &str, here: &[String], found: &mut Vec<Vec<String>>) {
    let mut base = here.to_vec();
    let mut rest = text;
    loop {
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        match word {
            "crate" => base.clear(),
            "super" => drop(base.pop()),
            "self" => {}
            _ => base.push(word.to_owned()),
        }
        rest = &rest[end..];
        let Some(behind) = rest.strip_prefix("::") else {
            break;
        };
        rest = behind;
        if let Some(group) = rest.strip_prefix('{') {
            for member in members(group) {
                unfold(member.trim(), &base, found);
            }
            return;
        }
        if !rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            break;
        }
    }
    found.push(base);
}

/// The members of a group, whose opening brace was read, cut at its commas.
fn members(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut list) = (0_usize, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                list.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                list.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    list.retain(|member| !member.trim().is_empty());
    list
}

fn part(module: &[String]) -> &str {
    module.first().map_or("lib", String::as_str)
}

#[test]
fn no_arrow_runs_up() {
    let allowed: BTreeMap<_, _> = MAY_NAME.iter().copied().collect();
    let mut faults = Vec::new();
    for room in rooms() {
        let from = part(&room.module);
        if matches!(from, "lib" | "main") {
            continue;
        }
        let Some(may) = allowed.get(from) else {
            faults.push(format!(
                "{}: the part {from:?} has no line in the table",
                room.path.display()
            ));
            continue;
        };
        for path in paths(&room) {
            let to = part(&path);
            if to == from || (allowed.contains_key(to) && may.contains(&to)) {
                let gate = ONLY_THE_CONTRACT
                    .iter()
                    .find(|(a, b, _)| (*a, *b) == (from, to));
                if let Some((_, _, only)) = gate
                    && path.get(1).is_some_and(|room| room != only)
                {
                    faults.push(format!(
                        "{}: {from} may enter {to} only by its {only}",
                        room.path.display()
                    ));
                }
                continue;
            }
            faults.push(format!(
                "{}: {from} names {}",
                room.path.display(),
                path.join("::")
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "arrows that run up:\n{}",
        faults.join("\n")
    );
}

#[test]
fn there_are_no_circles_between_rooms() {
    let rooms = rooms();
    let names: BTreeSet<Vec<String>> = rooms.iter().map(|room| room.module.clone()).collect();
    let mut arrows: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for room in &rooms {
        // A folder's `mod.rs` only declares and re-exports: it is the door, not a room.
        if room.path.ends_with("mod.rs") || room.path.ends_with("lib.rs") {
            continue;
        }
        for mut path in paths(room) {
            while !path.is_empty() && !names.contains(&path) {
                path.pop();
            }
            if path.len() > 1 && path != room.module {
                arrows.entry(room.module.clone()).or_default().insert(path);
            }
        }
    }
    // Whoever names nobody that is left cannot be part of a circle; take such rooms away until none is left.
    loop {
        let ends: Vec<_> = arrows
            .iter()
            .filter(|(_, to)| to.iter().all(|room| !arrows.contains_key(room)))
            .map(|(from, _)| from.clone())
            .collect();
        if ends.is_empty() {
            break;
        }
        for end in ends {
            arrows.remove(&end);
        }
    }
    let circle: Vec<_> = arrows
        .iter()
        .map(|(from, to)| {
            let to: Vec<_> = to
                .iter()
                .filter(|to| arrows.contains_key(*to))
                .map(|to| to.join("::"))
                .collect();
            format!("{} → {}", from.join("::"), to.join(", "))
        })
        .collect();
    assert!(
        circle.is_empty(),
        "rooms that name each other in a circle:\n{}",
        circle.join("\n")
    );
}

#[test]
fn every_room_says_what_it_is_for_and_is_no_warehouse() {
    let mut faults = Vec::new();
    for room in rooms() {
        let lines = room.text.lines().count();
        let limit = if room.path.ends_with("mod.rs") {
            LONGEST_MOD
        } else {
            LONGEST_ROOM
        };
        if lines > limit {
            faults.push(format!(
                "{}: {lines} lines, {limit} at most",
                room.path.display()
            ));
        }
        let is_door = room.path.file_name().is_some_and(|name| name == "mod.rs");
        let acts = |line: &str| {
            let line = line.trim_start();
            let line = line.strip_prefix("pub").map_or(line, |rest| {
                rest.split_once(' ').map_or(rest, |(_, rest)| rest)
            });
            ["fn ", "async fn ", "impl ", "struct ", "enum ", "trait "]
                .iter()
                .any(|word| line.starts_with(word))
        };
        if is_door && room.text.lines().any(acts) {
            faults.push(format!(
                "{}: a mod.rs declares and re-exports; what acts has a room of its own",
                room.path.display()
            ));
        }
        if !room.text.starts_with("//! ") {
            faults.push(format!(
                "{}: no //! line that says what it is for",
                room.path.display()
            ));
        }
        let name = room.module.last().map_or("", String::as_str);
        if matches!(
            name,
            "utils" | "util" | "common" | "types" | "helpers" | "misc"
        ) {
            faults.push(format!(
                "{}: {name} is no name for a room",
                room.path.display()
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_reader_of_paths_sees_what_it_must() {
    let room = Room {
        path: "src/queue/state.rs".into(),
        module: vec!["queue".into(), "state".into()],
        text: "use crate::{mail::{clock, entry::Entry}, tui};\n// crate::smtp is a comment\n\
               fn f() { super::super::cli::run(\"crate::probe\"); super::retry::next(); }"
            .into(),
    };
    let found: Vec<String> = paths(&room).iter().map(|path| path.join("::")).collect();
    assert_eq!(
        found,
        [
            "mail::clock",
            "mail::entry::Entry",
            "tui",
            "cli::run",
            "queue::retry::next"
        ]
    );
}
