//! The accounts at work, shared by all that look one up. More can come while the mailer works; none ever goes.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::account::AccountFacts;
use crate::mail::dsn::Return;
use crate::mail::entry::Route;
use crate::mail::message::Message;
use crate::mail::parcel::EntryId;
use crate::manager::{Desk, Manager};
use crate::queue::{Admission, Terms};

/// An account at work.
#[derive(Debug)]
pub(super) struct Post {
    pub(super) desk: Desk,
    pub(super) manager: Arc<dyn Manager>,
    pub(super) facts: AccountFacts,
}

impl Post {
    /// A message on its way in, with what the account asks for.
    pub(super) fn admission(&self, mut message: Message, terms: Terms) -> Admission {
        message
            .envelope
            .wish(self.facts.dsn.as_ref(), self.facts.require_tls);
        Admission {
            id: EntryId::new(),
            route: self.desk.route.clone(),
            message: Arc::new(message),
            terms,
        }
    }
}

/// All of them by name. Clones share them.
#[derive(Clone, Debug, Default)]
pub(in crate::mailer) struct Posts(Arc<RwLock<BTreeMap<Route, Arc<Post>>>>);

impl Posts {
    /// Adds one.
    ///
    /// # Errors
    /// Where there is one of this name already; that one stays.
    pub(super) fn add(&self, post: Arc<Post>) -> Result<(), ()> {
        let mut posts = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let route = post.desk.route.clone();
        if posts.contains_key(&route) {
            return Err(());
        }
        posts.insert(route, post);
        Ok(())
    }

    pub(super) fn get(&self, account: &str) -> Option<Arc<Post>> {
        let posts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        posts.get(account).cloned()
    }

    /// All of them, by their names' order.
    pub(super) fn all(&self) -> Vec<Arc<Post>> {
        let posts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        posts.values().cloned().collect()
    }

    /// The accounts that want reports on their mail, each with how much of a message comes back.
    pub(super) fn reports(&self) -> BTreeMap<Route, Return> {
        let all = self.all();
        let wanted = |post: &Arc<Post>| Some((post.desk.route.clone(), post.facts.report?));
        all.iter().filter_map(wanted).collect()
    }

    /// Tells the transport of an account that a person wants the next attempt whatever the last one came to.
    pub(in crate::mailer) fn forgive(&self, account: &str) {
        if let Some(post) = self.get(account) {
            post.desk.transport.forgive();
        }
    }
}
