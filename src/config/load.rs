//! Loading: the file, the environment and the flags laid over the defaults, and the account that is meant.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;
use toml::{Table, Value};

use super::file::ConfigFile;
use super::layers::{Layers, Origin, Override, Scope, environment};
use super::problem::{ConfigError, meant};
use super::provider;
use super::settings::{Account, DEBUG, Settings};
use super::smarthost::{SECRETS, WAYS};
use crate::mail::smarthost::Server;
use crate::mailer::probe::presets::Presets;

/// The account that flags and environment make when they name a server and the file names no account.
const ADHOC: &str = "command-line";

/// What to load.
#[derive(Clone, Default)]
pub struct Request {
    /// A file that was asked for; it must be there.
    pub file: Option<PathBuf>,
    /// The file that is read where it is there.
    pub standard: Option<PathBuf>,
    /// The account that was asked for.
    pub account: Option<String>,
    /// The environment; variables without `TURBOMAIL_` are not looked at.
    pub environment: Vec<(String, String)>,
    /// The flags.
    pub flags: Vec<Override>,
    /// Whether a password that is missing can be asked for, so that it is no fault of the selected account.
    pub can_ask: bool,
}

impl fmt::Debug for Request {
    /// Without the environment's values, which may be passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("file", &self.file)
            .field("standard", &self.standard)
            .field("account", &self.account)
            .field("flags", &self.flags)
            .finish_non_exhaustive()
    }
}

/// The settings, and where each came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The account that is meant where a message names none.
    pub account: String,
    /// Remarks that are no faults.
    pub remarks: Vec<String>,
    file: Option<ConfigFile>,
    origins: Origins,
}

type Origins = BTreeMap<Vec<String>, Origin>;

/// Loads the settings.
///
/// # Errors
/// The first fault: of the file, of a variable or of a flag.
pub fn load(request: &Request) -> Result<Loaded, ConfigError> {
    let file = match (&request.file, &request.standard) {
        (Some(path), _) => Some(ConfigFile::read(path)?.ok_or_else(|| {
            ConfigError::file(path, "there is no such file")
                .remedy("`turbomail config init` writes one to begin with")
        })?),
        (None, Some(path)) => ConfigFile::read(path)?,
        (None, None) => None,
    };
    let (mut overrides, remarks) = environment(&request.environment)?;
    overrides.extend(request.flags.iter().cloned());
    let account = select(request, file.as_ref(), &overrides);

    let mut layers = Layers::default();
    layers.cover(&builtin(), &|_| Origin::Default);
    if let Some(file) = &file {
        layers.cover(&file.table, &|key| {
            Origin::File(file.path.clone(), file.line(key).unwrap_or(1))
        });
    }
    for one in &overrides {
        layers.set_override(one, &account)?;
    }
    provider::fill(&mut layers);
    let mut settings = Settings::deserialize_table(layers.table).map_err(|error| {
        // Each layer was understood by itself, so this is only a safeguard.
        ConfigError::named("configuration", false, error.message())
    })?;
    let mut remarks = remarks;
    let mut origins = layers.origins;
    spare_password(&mut settings, &account, &mut origins, &mut remarks);
    bind_login(
        &mut settings,
        &account,
        file.as_ref(),
        &mut origins,
        &mut remarks,
    );
    let loaded = Loaded {
        settings,
        account,
        remarks,
        file,
        origins,
    };
    loaded.check(request.can_ask)?;
    Ok(loaded)
}

/// Leaves a password of the environment aside where no user is set: it is meant for another account.
fn spare_password(
    settings: &mut Settings,
    account: &str,
    origins: &mut Origins,
    remarks: &mut Vec<String>,
) {
    let key = ["account", account, "smtp", "password"].map(str::to_owned);
    if let Some(Origin::Environment(name)) = origins.get(&key[..])
        && let Some(smtp) = settings
            .account
            .get_mut(account)
            .map(|account| &mut account.smtp)
        && smtp.user.is_none()
    {
        remarks.push(format!(
            "{name} is not used: the account {account} has no user"
        ));
        smtp.password = None;
        origins.remove(&key[..]);
    }
}

/// Binds a password and a detour of the file to the host of the file: flags and environment may name another host, but the
/// login of the first one is not for the other, and neither is the way to it.
fn bind_login(
    settings: &mut Settings,
    account: &str,
    file: Option<&ConfigFile>,
    origins: &mut Origins,
    remarks: &mut Vec<String>,
) {
    let path = |key: &str| ["account", account, "smtp", key].map(str::to_owned);
    let of_file = |key: &str| matches!(origins.get(&path(key)[..]), Some(Origin::File(..)));
    let owner = file.and_then(|file| {
        let smtp = file.table.get("account")?.get(account)?.get("smtp")?;
        let text = |key: &str| smtp.get(key).and_then(Value::as_str);
        match text("server") {
            Some(server) => server.parse::<Server>().ok(),
            None => provider::server(text("provider")?),
        }
    });
    let smtp = settings
        .account
        .get_mut(account)
        .map(|account| &mut account.smtp);
    let (Some(owner), Some(smtp)) = (owner, smtp) else {
        return;
    };
    let elsewhere = smtp
        .server
        .as_ref()
        .is_some_and(|server| !server.value.host.eq_ignore_ascii_case(&owner.host));
    let login = SECRETS.into_iter().any(of_file);
    let ways = WAYS.map(|way| (way, of_file(way)));
    for (way, of_file) in ways {
        if elsewhere && of_file {
            remarks.push(format!(
                "{way} of the account {account} is the way to {} and is not used for another host",
                owner.host
            ));
            match way {
                "connect_to" => smtp.connect_to = None,
                _ => smtp.connect_command = None,
            }
            origins.remove(&path(way)[..]);
        }
    }
    if !elsewhere || !login {
        return;
    }
    remarks.push(format!(
        "the login of the account {account} is for {} and is not used for another host; give --user and --password-command",
        owner.host
    ));
    (smtp.user, smtp.password, smtp.password_command) = (None, None, None);
    (smtp.password_file, smtp.token_command) = (None, None);
    for key in ["user"].into_iter().chain(SECRETS) {
        origins.remove(&path(key)[..]);
    }
}

/// The debug account as a layer below the file, so that a file may change parts of it.
fn builtin() -> Table {
    let debug = Account::debug();
    let mut account = Table::new();
    account.insert("transport".into(), Value::String(debug.transport));
    let from = debug.from.map(|from| ("from", from.text));
    let retry = debug.retry.map(|retry| ("retry", retry.to_string()));
    for (key, text) in from.into_iter().chain(retry) {
        account.insert(key.into(), Value::String(text));
    }
    let accounts = Table::from_iter([(DEBUG.to_owned(), Value::Table(account))]);
    Table::from_iter([("account".to_owned(), Value::Table(accounts))])
}

/// The account that is meant: asked for, else the default one, else the file's first, else one made of the flags, else debug.
fn select(request: &Request, file: Option<&ConfigFile>, overrides: &[Override]) -> String {
    let named = |scope: Scope, key: &str| {
        let is = |one: &&Override| one.scope == scope && one.key.len() == 1 && one.key[0] == key;
        overrides.iter().rev().find(is).map(|one| one.value.clone())
    };
    let from_file = || {
        let file = file?;
        let set = file.table.get("default_account").and_then(Value::as_str);
        set.map(str::to_owned)
            .or_else(|| file.accounts().into_iter().next())
    };
    let server = |one: &Override| {
        let is = |key: &str| one.key.iter().map(String::as_str).eq(["smtp", key]);
        one.scope == Scope::Account && (is("server") || is("provider"))
    };
    request
        .account
        .clone()
        .or_else(|| named(Scope::Root, "default_account"))
        .or_else(from_file)
        .unwrap_or_else(|| {
            let name = if overrides.iter().any(server) {
                ADHOC
            } else {
                DEBUG
            };
            name.to_owned()
        })
}

impl Loaded {
    /// The file that was read.
    #[must_use]
    pub fn file(&self) -> Option<&std::path::Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }

    /// The settings of the account that is meant.
    #[must_use]
    pub fn selected(&self) -> Option<&Account> {
        self.settings.account.get(&self.account)
    }

    /// The user and the server of the account that is meant, where the password is missing and must be asked for.
    #[must_use]
    pub fn lacks_password(&self) -> Option<(&str, &str)> {
        let smtp = &self.selected()?.smtp;
        let server = smtp.server.as_ref()?;
        smtp.lacks_password()
            .then_some((smtp.user.as_deref()?, server.text.as_str()))
    }

    /// Takes in a password that was asked for.
    pub fn set_password(&mut self, password: SecretString) {
        if let Some(account) = self.settings.account.get_mut(&self.account) {
            account.smtp.password = Some(password);
            let key = ["account", &self.account, "smtp", "password"].map(str::to_owned);
            self.origins.insert(key.to_vec(), Origin::Prompt);
        }
    }

    /// Where a key's value came from.
    #[must_use]
    pub fn origin(&self, key: &[&str]) -> Origin {
        let path: Vec<String> = key.iter().map(|&part| part.to_owned()).collect();
        // A list or a table in one line was set as a whole.
        (0..=path.len())
            .rev()
            .find_map(|end| self.origins.get(&path[..end]))
            .cloned()
            .unwrap_or(Origin::Default)
    }

    /// A fault of a key's value, with the file and line, the variable or the flag that set it.
    ///
    /// For what only a later stage can judge, such as the name of a manager.
    #[must_use]
    pub fn fault(&self, key: &[&str], message: &str) -> ConfigError {
        let message = format!("{}: {message}", key.join("."));
        match (self.origin(key), &self.file) {
            (Origin::Flag(name), _) => ConfigError::named(&name, true, message),
            (Origin::Environment(name), _) => ConfigError::named(&name, false, message),
            (_, Some(file)) => {
                let error = ConfigError::file(&file.path, message);
                match file.place(key) {
                    Some(place) => error.at(place),
                    None => error,
                }
            }
            (_, None) => ConfigError::named("configuration", false, message),
        }
    }

    /// What no single value shows: accounts that do not exist, smart hosts that are missing, half a login.
    fn check(&self, can_ask: bool) -> Result<(), ConfigError> {
        let accounts = &self.settings.account;
        if !accounts.contains_key(&self.account) {
            return Err(self.unknown_account());
        }
        for (name, account) in accounts {
            let above = ["account", name.as_str()];
            if let Some(provider) = &account.smtp.provider {
                let known = Presets::standard().named(provider);
                known.map_err(|unknown| {
                    let key = ["account", name, "smtp", "provider"];
                    self.fault(&key, &unknown.to_string())
                })?;
            }
            if matches!(account.transport.as_str(), "smtp" | "lmtp")
                && account.smtp.server.is_none()
            {
                let message = "the smart host is missing";
                let key = ["account", name, "smtp", "server"];
                return Err(self
                    .fault(&key, message)
                    .remedy("set server = \"HOST:PORT\" or provider = \"NAME\" there, or give --server HOST:PORT"));
            }
            if can_ask && *name == self.account && account.smtp.lacks_password() {
                continue;
            }
            account.smart_host().map_err(|(key, message)| {
                let key: Vec<&str> = above.iter().chain(key).copied().collect();
                self.fault(&key, &message)
            })?;
        }
        Ok(())
    }

    fn unknown_account(&self) -> ConfigError {
        let known: Vec<&str> = self.settings.account.keys().map(String::as_str).collect();
        let message = format!("there is no account {:?}", self.account);
        let error = match self.origin(&["default_account"]) {
            Origin::Default => ConfigError::named("--account", true, message),
            _ => self.fault(&["default_account"], &message),
        };
        match meant(&self.account, known.iter().copied()) {
            Some(near) => error.remedy(format!("did you mean `{near}`?")),
            None => error.remedy(format!("there are: {}", known.join(", "))),
        }
    }
}
