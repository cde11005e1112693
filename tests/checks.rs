//! The checks before sending and `build` agree: whatever no check calls an error can be built, and nothing else can.

use std::path::PathBuf;

use turbomail::compose::{Field, Level, Options, build, look_over};
use turbomail::mail::draft::Draft;

fn options() -> Options {
    Options {
        from: "Me Myself <me@example.com>".parse().ok(),
        ..Options::default()
    }
}

/// The fields in which a check found an error, from top to bottom.
fn errors(draft: &Draft) -> Vec<Field> {
    look_over(draft, options().from.as_ref())
        .into_iter()
        .filter(|check| check.level == Level::Error)
        .map(|check| check.field)
        .collect()
}

fn assert_they_agree(draft: &Draft, fine: bool) {
    let errors = errors(draft);
    assert_eq!(errors.is_empty(), fine, "{draft:?}: {errors:?}");
    match build(draft, &options()) {
        Ok(_) => assert!(fine, "{draft:?} was built"),
        Err(error) => assert!(errors.contains(&error.field), "{error}: {errors:?}"),
    }
}

#[test]
fn on_the_words() {
    for (draft, fine) in [
        (Draft::new("", "a@x.org", "", ""), true),
        (Draft::new("", "\"a b\"@x.org", "s", "b"), true),
        (Draft::new("", "a@x.org, a@x.org", "tab\tin", "b\r"), true),
        (Draft::new("a@", "b@", "\n", "\0"), false),
        (Draft::new("", "a@x.org", "a\u{2028}b", "b"), false),
        (Draft::new("", "a@x.org", "s", "a\0"), false),
        (Draft::new("", "", "s", "b"), false),
    ] {
        assert_they_agree(&draft, fine);
    }
    let mut draft = Draft::new("", "a@x.org", "s", "b");
    draft.reply_to = "b@x.org, <>".into();
    assert_they_agree(&draft, false);
}

#[test]
fn on_the_files() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = |name: &str, octets: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, octets).expect("written");
        path
    };
    let (some, none) = (file("some.pdf", b"%PDF"), file("empty.bin", b""));
    let mut cases: Vec<(PathBuf, bool)> = vec![
        (some.clone(), true),
        (none, true),
        (dir.path().to_owned(), false),
        (dir.path().join("gone"), false),
    ];
    // Such a name would deceive whoever receives it.
    #[cfg(unix)]
    cases.push((file("exe\u{202e}fdp", b"MZ"), false));
    for (path, fine) in cases {
        let mut draft = Draft::new("", "a@x.org", "s", "b");
        draft.attachments = vec![some.clone(), path];
        assert_they_agree(&draft, fine);
    }
}

#[cfg(unix)]
#[test]
fn on_more_than_can_be_attached() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("disk.img");
    let file = std::fs::File::create(&path).expect("made");
    // Sparse: it takes no room on the disk, and nobody has to read it.
    file.set_len(128 * 1024 * 1024 + 1).expect("grown");
    let mut draft = Draft::new("", "a@x.org", "s", "b");
    draft.attachments = vec![path];
    assert_they_agree(&draft, false);
    assert_eq!(errors(&draft), [Field::Attachment(0)]);
}
