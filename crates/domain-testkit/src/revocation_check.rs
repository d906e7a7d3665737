use std::sync::Arc;

use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{SessionId, UserId};
use tasklane_domain::port::{RevocationCheck, UserRepository};
use tasklane_domain::user::AccessStatus;

/// A gate that asks the store every time, and so has nothing to forget.
#[derive(Clone)]
pub struct DirectRevocationCheck(Arc<dyn UserRepository>);

impl DirectRevocationCheck {
    /// A gate to that store.
    #[must_use]
    pub fn to(users: Arc<dyn UserRepository>) -> Self {
        Self(users)
    }
}

#[async_trait]
impl RevocationCheck for DirectRevocationCheck {
    async fn access_status(
        &self,
        user: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<AccessStatus, StoreError> {
        self.0.access_status(user, session, now).await
    }

    fn forget(&self, _user: UserId) {}
}
