//! Appends an account to the configuration file: what a person wrote there stays as it is, and no secret is written.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use toml::Value;

use super::file::ConfigFile;
use super::load::{Request, load};
use super::problem::ConfigError;
use super::settings::DEBUG;
use crate::mail::address::Address;
use crate::mail::clean::clean;
use crate::mail::reach::{Family, Place, Protocol};
use crate::mail::smarthost::{Secret, SmartHost};

/// The longest name, in characters.
const LONGEST: usize = 64;

/// An account that was tried and is to be kept.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// The author's address.
    pub from: Option<Address>,
    /// The smart host. Of its login the user is written, and where the password comes from; never the password.
    pub host: SmartHost,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The file.
    pub path: PathBuf,
    /// Whether the account's password was typed, so that the file has a comment in its place.
    pub lacks_password: bool,
}

/// Appends an account to the file, which is made where there is none: for its owner alone, as a password may come into it.
///
/// The file is replaced as a whole, and only by one that loads.
///
/// # Errors
/// A name that cannot be used or exists, a file at fault, or what the disk said. The file is as it was then.
pub fn append_account(path: &Path, account: &NewAccount) -> Result<Appended, ConfigError> {
    let wrong = |words: String| ConfigError::file(path, words);
    check_name(&account.name).map_err(wrong)?;
    // A link is followed: what is replaced is the file that it leads to.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let wrong = |words: String| ConfigError::file(&path, words);
    let old = ConfigFile::read(&path)?;
    let names = old.as_ref().map(ConfigFile::accounts).unwrap_or_default();
    if names.contains(&account.name) {
        return Err(wrong(format!(
            "there is an account {:?} already; it is left as it is",
            account.name
        )));
    }
    let is_first = names.is_empty()
        && !old
            .as_ref()
            .is_some_and(|file| file.table.contains_key("default_account"));
    let mut text = old.as_ref().map_or("", ConfigFile::text).to_owned();
    if !text.is_empty() {
        text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
    }
    text.push_str(&table(account, is_first));
    ConfigFile::understand(&path, text.clone()).map_err(|error| {
        wrong(format!(
            "the account cannot stand behind what is there: {error}"
        ))
    })?;
    replace(&path, &text).map_err(|error| wrong(format!("it cannot be written: {error}")))?;
    Ok(Appended {
        path,
        lacks_password: is_typed(&account.host),
    })
}

fn check_name(name: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(good) || name.len() > LONGEST {
        return Err(format!(
            "{name:?} is no name for an account; use up to {LONGEST} letters, digits, - and _"
        ));
    }
    if name == DEBUG {
        return Err(format!("{DEBUG:?} is built in; choose another name"));
    }
    Ok(())
}

/// Whether its password is known to this process alone.
fn is_typed(host: &SmartHost) -> bool {
    let login = host.credentials.as_ref();
    login.is_some_and(|login| matches!(login.secret, Secret::Value(_)))
}

/// The account as a file writes it. `is_first` says that it is the one in use, whose password can be asked for.
fn table(account: &NewAccount, is_first: bool) -> String {
    let host = &account.host;
    let name = &account.name;
    let mut text = format!("[account.{name}]\n");
    let quoted = |value: &str| Value::String(value.to_owned()).to_string();
    let mut line = |key: &str, value: &str| {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{key} = {}", quoted(value));
    };
    if let Some(from) = &account.from {
        line("from", from.as_str());
    }
    if host.reach.protocol == Protocol::Lmtp {
        line("transport", "lmtp");
    }
    let _ = writeln!(text, "\n[account.{name}.smtp]");
    let mut line = |key: &str, value: &str| {
        let _ = writeln!(text, "{key} = {}", quoted(value));
    };
    line("server", &host.name());
    line("security", host.security.name());
    for (key, value) in more(host) {
        line(key, &value);
    }
    for (key, values) in [
        (
            "ca_file",
            host.ca_files.iter().map(|one| shown(one)).collect(),
        ),
        (
            "pin",
            host.pins
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
        ),
    ] {
        if !values.is_empty() {
            let list: Vec<String> = values.iter().map(|one| quoted(one)).collect();
            let _ = writeln!(text, "{key} = [{}]", list.join(", "));
        }
    }
    login(&mut text, host, is_first);
    text
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The settings that are mostly left out.
fn more(host: &SmartHost) -> Vec<(&'static str, String)> {
    let own = host.client_certificate.as_ref();
    let family = host.reach.family;
    let (way, there) = match &host.reach.detour {
        Some(Place::Command(command)) => ("connect_command", Some(command.clone())),
        other => ("connect_to", other.as_ref().map(ToString::to_string)),
    };
    let all = [
        ("auth", host.auth.map(|one| one.name().to_lowercase())),
        ("hello", host.hello.clone()),
        ("tls_name", host.tls_name.clone()),
        (
            "family",
            (family != Family::Any).then(|| family.name().to_owned()),
        ),
        ("source", host.reach.source.map(|one| one.to_string())),
        (way, there),
        ("proxy_header", host.reach.proxy.map(|one| one.to_string())),
        ("client_cert", own.map(|own| shown(&own.certificate))),
        ("client_key", own.map(|own| shown(&own.key))),
    ];
    let set = |(key, value): (&'static str, Option<String>)| Some((key, value?));
    all.into_iter().filter_map(set).collect()
}

/// User and the source of the password. A user alone is a fault for every account but the one in use.
fn login(text: &mut String, host: &SmartHost, is_first: bool) {
    let Some(login) = &host.credentials else {
        return;
    };
    let quoted = |value: &str| Value::String(value.to_owned()).to_string();
    let user = quoted(&login.user);
    let (key, source) = match &login.secret {
        Secret::Command(command) => ("password_command", quoted(command)),
        Secret::File(file) => ("password_file", quoted(&shown(file))),
        Secret::Token(command) => ("token_command", quoted(command)),
        Secret::Certificate => {
            let _ = writeln!(text, "user = {user}");
            return;
        }
        Secret::Value(_) => {
            let (mark, words) = if is_first {
                ("", "The password is asked for at the start.")
            } else {
                ("# ", "Without a password there can be no user here.")
            };
            let _ = writeln!(
                text,
                "{mark}user = {user}\n# {words} To have it fetched, put a command here whose first line is the password:\n\
                 # password_command = \"pass show relay\""
            );
            return;
        }
    };
    let _ = writeln!(text, "user = {user}\n{key} = {source}");
}

/// Puts the text in the place of the file at once, once it has shown that it loads.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|one| !one.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    make_folder(folder)?;
    let temporary = folder.join(format!(".config.toml.{}", uuid::Uuid::now_v7().simple()));
    let written = write_new(&temporary, text, path).and_then(|()| {
        let request = Request {
            file: Some(temporary.clone()),
            can_ask: true,
            ..Request::default()
        };
        load(&request).map_err(|error| {
            let words = clean(&error.to_string()).into_owned();
            io::Error::other(format!("it would not load: {words}"))
        })?;
        std::fs::rename(&temporary, path)
    });
    if written.is_err() {
        // Where it was never made there is nothing to be taken away.
        std::fs::remove_file(&temporary).ok();
        return written;
    }
    // The name is on the disk when its folder is; some file systems cannot say so of a folder.
    std::fs::File::open(folder).and_then(|folder| folder.sync_all())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A new file for its owner alone, or with the rights of the one whose place it takes.
fn write_new(path: &Path, text: &str, old: &Path) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    if let Ok(facts) = std::fs::metadata(old) {
        file.set_permissions(facts.permissions())?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::mail::smarthost::{Credentials, Security};

    fn account(name: &str, secret: Secret) -> NewAccount {
        let server = "relay.example.com:2525".parse().expect("a server");
        NewAccount {
            name: name.to_owned(),
            from: "me@example.com".parse().ok(),
            host: SmartHost {
                credentials: Some(Credentials {
                    user: "me \"x\"".to_owned(),
                    secret,
                }),
                hello: Some("client.example".to_owned()),
                pins: vec![crate::mail::fingerprint::Fingerprint([7; 32])],
                ..SmartHost::new(server, Security::Tls)
            },
        }
    }

    fn typed() -> Secret {
        Secret::Value(SecretString::from("c4nary"))
    }

    fn loaded(path: &Path) -> super::super::Loaded {
        let request = Request {
            file: Some(path.to_owned()),
            can_ask: true,
            ..Request::default()
        };
        load(&request).expect("it loads")
    }

    #[test]
    fn a_file_is_made_for_its_owner_and_says_what_was_tried() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("deep/er/config.toml");
        let done = append_account(&path, &account("work", typed())).expect("written");
        assert!(done.lacks_password);
        let text = std::fs::read_to_string(&path).expect("a file");
        assert!(
            !text.contains("c4nary") && text.contains("# password_command"),
            "{text}"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).expect("facts").permissions();
            assert_eq!(mode.mode() & 0o777, 0o600);
        }
        let loaded = loaded(&path);
        assert_eq!(loaded.account, "work");
        assert_eq!(
            loaded.lacks_password(),
            Some(("me \"x\"", "relay.example.com:2525"))
        );
        let smtp = &loaded.selected().expect("it is there").smtp;
        assert_eq!(smtp.security.value, Security::Tls);
        assert_eq!((smtp.pin.0.len(), smtp.hello.is_some()), (1, true));
    }

    #[test]
    fn what_a_person_wrote_stays_to_the_octet() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("config.toml");
        let mine = "# mine\r\n[account.old]\nsmtp.server = \"a:25\" # here";
        std::fs::write(&path, mine).expect("written");
        let command = || Secret::Command("pass show relay".to_owned());
        append_account(&path, &account("new", command())).expect("written");
        append_account(&path, &account("third", typed())).expect("written");
        let text = std::fs::read_to_string(&path).expect("a file");
        assert!(text.starts_with(mine), "{text}");
        let all = loaded(&path);
        assert_eq!(all.account, "old");
        let new = all.settings.account.get("new").expect("it is there");
        let host = new.smart_host().expect("sound").expect("a host");
        let login = host.credentials.expect("a login");
        assert!(matches!(login.secret, Secret::Command(command) if command == "pass show relay"));
        let again = append_account(&path, &account("old", command()));
        assert!(again.is_err_and(|error| error.to_string().contains("already")));
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), text);
    }

    #[test]
    fn the_way_there_is_kept_as_it_was() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("config.toml");
        let ways = [
            Place::Command("ssh gw nc 'a b' 25".to_owned()),
            Place::Host("10.0.0.1".to_owned(), 2525),
            Place::Socket("/run/relay".into()),
        ];
        for (n, way) in ways.into_iter().enumerate() {
            let name = format!("a{n}");
            let mut new = account(&name, typed());
            new.host.reach.detour = Some(way.clone());
            new.host.reach.proxy = "192.0.2.1:1,192.0.2.2:25,v2".parse().ok();
            append_account(&path, &new).expect("written");
            let all = loaded(&path);
            let read = all.settings.account.get(&name).expect("it is there");
            let mut smtp = read.clone();
            // Its password is asked for, or its user is a comment.
            smtp.smtp.user = None;
            let host = smtp.smart_host().expect("sound").expect("a host");
            assert_eq!(
                (host.reach.detour, host.reach.proxy),
                (Some(way), new.host.reach.proxy)
            );
        }
    }

    #[test]
    fn what_cannot_be_is_refused_and_leaves_nothing_behind() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("config.toml");
        let inline = "account = { old = { smtp = { server = \"a:25\" } } }\n";
        std::fs::write(&path, inline).expect("written");
        for name in ["", "a b", "x]\n[y", "debug", "new"] {
            let error = append_account(&path, &account(name, typed())).expect_err(name);
            assert!(!error.to_string().contains("c4nary"), "{error}");
        }
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), inline);
        assert_eq!(std::fs::read_dir(home.path()).expect("a folder").count(), 1);
    }
}
