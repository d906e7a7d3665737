use actix_web::HttpRequest;
use deserr::Deserr;
use tasklane_domain::user::{Client, Origin};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{Authenticated, FieldErrors, OptionalBody};
use crate::operation::{NoContent, Operation, Route, State, Tag};
use crate::rate_limit::AuthLimit;
use crate::routes::password_text::PasswordText;
use crate::schema;

/// The confirmation of an account's deletion.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub(super) struct Erasure {
    /// The password of a local account.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Password>, example = "correct horse battery staple")]
    password: Option<PasswordText>,
}

pub(super) struct DeleteUser;

impl Operation for DeleteUser {
    const ROUTE: Route = Route::delete("/api/users/me");
    const ID: &'static str = "delete_user";
    const TAG: Tag = Tag::Profile;
    const SUMMARY: &'static str = "Delete your account";
    const DESCRIPTION: &'static str = "Erases the caller and everything that they own, at once and \
        for good. A local account must send its password. Access tokens issued until now are \
        refused from then on.";
    const ANSWER: &'static str = "Everything is erased";

    type Input = (HttpRequest, Authenticated<OptionalBody<Erasure>>);
    type Output = NoContent;

    async fn call(
        state: State,
        (request, Authenticated(caller, OptionalBody(body))): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let password = body.and_then(|body| body.password);
        let attempt = password.as_ref().and_then(PasswordText::attempt);
        // Only a local account's password is checked, and only a check counts as an attempt.
        let client = match caller.actor().origin {
            Origin::Local => AuthLimit::take(&request)?.client(None),
            Origin::Federated(_) => Client::default(),
        };
        state.users.erase(caller.actor(), attempt, client).await?;
        Ok(NoContent)
    }
}
