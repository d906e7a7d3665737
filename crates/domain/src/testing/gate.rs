use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::port::{AccessGate, UserRepository};
use crate::user::Standing;

/// A gate that asks the store every time, and so has nothing to forget.
#[derive(Clone)]
pub struct DirectGate(Arc<dyn UserRepository>);

impl DirectGate {
    /// A gate to that store.
    #[must_use]
    pub fn to(users: Arc<dyn UserRepository>) -> Self {
        Self(users)
    }
}

#[async_trait]
impl AccessGate for DirectGate {
    async fn standing(
        &self,
        user: UserId,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Standing, StoreError> {
        self.0.standing(user, session, now).await
    }

    fn forget(&self, _user: UserId) {}
}
