//! Every value with its origin, for `config show`. Secrets are hidden.

use serde::Serialize;
use serde_json::Value;

use super::layers::Origin;
use super::load::Loaded;

/// One value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// The full key, with dots.
    pub key: String,
    /// The value; null where it is not set.
    pub value: Value,
    /// Where it came from.
    pub source: String,
}

impl Loaded {
    /// Every value with its origin, in the order of the keys.
    #[must_use]
    pub fn show(&self) -> Vec<Shown> {
        let tree = serde_json::to_value(&self.settings).unwrap_or_default();
        let mut list = Vec::new();
        self.walk(&tree, &mut Vec::new(), &mut list);
        list
    }

    fn walk<'a>(&self, value: &'a Value, key: &mut Vec<&'a str>, list: &mut Vec<Shown>) {
        if let Value::Object(table) = value {
            for (name, below) in table {
                key.push(name);
                self.walk(below, key, list);
                key.pop();
            }
            return;
        }
        let origin = match (value, self.origin(key)) {
            (Value::Null, _) => Origin::Default,
            (_, origin) => origin,
        };
        list.push(Shown {
            key: key.join("."),
            value: value.clone(),
            source: origin.to_string(),
        });
    }
}
