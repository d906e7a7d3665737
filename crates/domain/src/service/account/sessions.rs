use super::AccountService;
use crate::error::StoreError;
use crate::id::{SessionId, UserId};
use crate::user::Session;

impl AccountService {
    /// The user's live sessions, newest first.
    ///
    /// # Errors
    /// The store cannot tell.
    pub async fn sessions(&self, user: UserId) -> Result<Vec<Session>, StoreError> {
        self.ports.sessions.list(user, self.ports.clock.now()).await
    }

    /// Ends a session; false when the user has no such live one.
    ///
    /// # Errors
    /// The store cannot do it.
    pub async fn end_session(&self, user: UserId, session: SessionId) -> Result<bool, StoreError> {
        let ended = self
            .ports
            .sessions
            .end(user, session, self.ports.clock.now())
            .await?;
        self.ports.revocations.forget(user);
        Ok(ended)
    }

    /// Ends every session of the user but `keep`.
    ///
    /// # Errors
    /// The store cannot do it.
    pub async fn end_other_sessions(
        &self,
        user: UserId,
        keep: Option<SessionId>,
    ) -> Result<(), StoreError> {
        self.ports.sessions.end_others(user, keep).await?;
        self.ports.revocations.forget(user);
        Ok(())
    }
}
