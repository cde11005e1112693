//! Looks at the file system for Compose: whether a file can be attached, and which paths begin like this.

use std::fs;
use std::path::{Path, PathBuf};

use crate::mailer::compose::attachable;

/// Completions that are offered at most.
const OFFERS: usize = 200;

/// The whole path of a file, seen from here, with `~` at its start replaced by the person's home.
pub(super) fn whole(path: &Path) -> PathBuf {
    let path = at_home(path);
    std::path::absolute(&path).unwrap_or(path)
}

fn at_home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_owned(),
    }
}

/// The first reading in which every path is a file that can be attached, with the sizes.
pub(super) fn all_files(readings: &[Vec<PathBuf>]) -> Option<Vec<(PathBuf, u64)>> {
    readings.iter().find_map(|reading| {
        let looked = reading.iter().map(|path| {
            let path = whole(path);
            attachable(&path).ok().map(|size| (path, size))
        });
        looked.collect()
    })
}

/// The paths that begin as typed, sorted, folders with a slash behind them. Hidden ones only where a dot was typed.
pub(super) fn completions(start: &str) -> Vec<String> {
    let (folder, name) = match start.rfind('/') {
        Some(at) => start.split_at_checked(at + 1).unwrap_or((start, "")),
        None => ("", start),
    };
    if start == "~" {
        return vec!["~/".into()];
    }
    let place = if folder.is_empty() {
        PathBuf::from(".")
    } else {
        at_home(Path::new(folder))
    };
    let Ok(entries) = fs::read_dir(place) else {
        return Vec::new();
    };
    let mut offers: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let found = entry.file_name().into_string().ok()?;
            let fits =
                found.starts_with(name) && (name.starts_with('.') || !found.starts_with('.'));
            // A name that acts on a terminal is not offered: it could not be typed either.
            if !fits || found.chars().any(crate::mail::clean::acts) {
                return None;
            }
            let slash = if entry.path().is_dir() { "/" } else { "" };
            Some(format!("{folder}{found}{slash}"))
        })
        .collect();
    offers.sort();
    offers.truncate(OFFERS);
    offers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wholly_files_is_attached() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a b.txt");
        fs::write(&file, "four").expect("written");
        let good = vec![file.clone()];
        let bad = vec![file.clone(), folder.path().join("no")];
        assert_eq!(all_files(&[bad.clone(), good]), Some(vec![(file, 4)]));
        let folders = vec![vec![folder.path().to_owned()], vec!["/dev/zero".into()]];
        assert_eq!(all_files(&folders), None);
        assert_eq!(all_files(&[bad]), None);
    }

    #[test]
    fn paths_are_completed() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["report.pdf", "reports", ".hidden", "x\u{202e}y"] {
            fs::write(folder.path().join(name), "").expect("written");
        }
        fs::create_dir(folder.path().join("rest")).expect("made");
        let start = |name: &str| format!("{}/{name}", folder.path().display());
        assert_eq!(
            completions(&start("rep")),
            [start("report.pdf"), start("reports")]
        );
        assert_eq!(completions(&start("res")), [start("rest/")]);
        assert_eq!(completions(&start(".h")), [start(".hidden")]);
        assert_eq!(completions(&start("")).len(), 3);
        assert!(completions("/no/such/folder/x").is_empty());
    }
}
