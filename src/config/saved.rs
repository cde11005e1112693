//! An account that was just saved, ready for a mailer that is at work: it alone, whatever else the file says by now.

use std::path::Path;

use secrecy::ExposeSecret;

use super::append::NewAccount;
use super::load::{Request, load};
use super::problem::ConfigError;
use crate::mail::smarthost::Secret;
use crate::mailer::Account;

/// The account as the file has it, with the password that was typed for it: that is known to this process alone. `None` where
/// it has a user and nobody has said the password yet.
///
/// Neither the environment nor flags are laid over it: what they set is for the account that was chosen at the start.
///
/// # Errors
/// A file that does not load, or has no such account.
pub fn saved_account(path: &Path, account: &NewAccount) -> Result<Option<Account>, ConfigError> {
    let mut loaded = load(&Request {
        file: Some(path.to_owned()),
        can_ask: true,
        ..Request::default()
    })?;
    if let Some(login) = &account.host.credentials
        && let Secret::Value(password) = &login.secret
    {
        if password.expose_secret().is_empty() {
            return Ok(None);
        }
        loaded.account.clone_from(&account.name);
        if let Some(settings) = loaded.settings.account.get_mut(&account.name) {
            settings.smtp.user = Some(login.user.clone());
        }
        loaded.set_password(password.clone());
    }
    loaded.mailer_account(&account.name).map(Some)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::config::append_account;
    use crate::mail::smarthost::{Credentials, Security, SmartHost};

    fn account(name: &str, secret: Option<Secret>) -> NewAccount {
        let server = "127.0.0.1:2525".parse().expect("a server");
        NewAccount {
            name: name.to_owned(),
            from: "me@example.com".parse().ok(),
            host: SmartHost {
                credentials: secret.map(|secret| Credentials {
                    user: "tim".to_owned(),
                    secret,
                }),
                ..SmartHost::new(server, Security::None)
            },
        }
    }

    #[test]
    fn a_saved_account_is_that_of_the_file_with_what_was_typed() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("config.toml");
        let typed = |text: &str| Some(Secret::Value(SecretString::from(text)));
        for (name, secret, is_ready) in [
            ("first", typed("c4nary"), true),
            ("second", typed("c4nary"), true),
            ("third", typed(""), false),
            ("fourth", None, true),
            (
                "fifth",
                Some(Secret::Command("pass relay".to_owned())),
                true,
            ),
        ] {
            let account = account(name, secret);
            append_account(&path, &account).expect("written");
            let ready = saved_account(&path, &account).expect("loaded");
            assert_eq!(ready.is_some(), is_ready, "{name}");
            if let Some(ready) = ready {
                assert_eq!((ready.name.as_str(), ready.rules.durable), (name, true));
                assert_eq!(ready.transport.describe(), "127.0.0.1:2525 none");
                assert!(!format!("{ready:?}").contains("c4nary"));
            }
        }
        let text = std::fs::read_to_string(&path).expect("a file");
        assert!(!text.contains("c4nary"), "{text}");
        let unknown = account("sixth", None);
        assert!(saved_account(&path, &unknown).is_err());
    }

    #[test]
    fn what_else_the_file_says_by_now_is_left() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("config.toml");
        std::fs::write(
            &path,
            "default_account = \"old\"\n[account.old]\nsmtp.server = \"a:25\"\n",
        )
        .expect("written");
        let account = account("new", None);
        append_account(&path, &account).expect("written");
        let ready = saved_account(&path, &account).expect("loaded");
        assert_eq!(ready.map(|ready| ready.name).as_deref(), Some("new"));
    }
}
