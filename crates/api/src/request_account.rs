//! What a request's work is charged to, and what it holds until the work has stopped.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest, web};
use tasklane_domain::work::WorkAccount;

use crate::rate_limit::{Key, RateLimits};
use crate::shares::Turn;

/// The account of a request, whose caller is known later than the request itself.
///
/// It holds the caller's turn, and is held by whatever works for the request: so the turn is free
/// again when all of that has stopped, and not when the client waits no more.
#[derive(Default)]
pub(crate) struct RequestAccount(OnceLock<Payer>);

struct Payer {
    key: Key,
    limits: Option<web::Data<RateLimits>>,
    _turn: Turn,
}

impl RequestAccount {
    /// Opens an account for the request. The request itself does not hold it: it lives until its
    /// client has read the answer.
    pub(crate) fn open(request: &HttpRequest) -> Arc<Self> {
        let account = Arc::<Self>::default();
        request.extensions_mut().insert(Arc::downgrade(&account));
        account
    }

    /// From now on that caller pays, and has that turn.
    pub(crate) fn hand_over(request: &HttpRequest, key: Key, turn: Turn) {
        let account = request
            .extensions()
            .get::<Weak<Self>>()
            .and_then(Weak::upgrade);
        let Some(account) = account else { return };
        let limits = request.app_data::<web::Data<RateLimits>>().cloned();
        account.0.get_or_init(|| Payer {
            key,
            limits,
            _turn: turn,
        });
    }
}

impl WorkAccount for RequestAccount {
    fn charge(&self, spent: Duration) {
        let Some(payer) = self.0.get() else { return };
        if let Some(limits) = &payer.limits {
            limits.charge(&payer.key, spent);
        }
    }
}
