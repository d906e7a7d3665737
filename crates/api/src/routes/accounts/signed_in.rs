use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use tasklane_domain::service::SignedIn;
use utoipa::ToSchema;

use super::refresh_token;
use crate::operation::{Describe, OperationDescription, View};
use crate::routes::user::UserView;
use crate::schema;

/// A user with the tokens of a session.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub(crate) struct SignedInView<'a> {
    /// The user who signed in.
    user: UserView<'a>,
    /// A JWT for the header `Authorization`.
    #[schema(value_type = schema::AccessToken)]
    access_token: &'a str,
    /// Always `Bearer`.
    #[schema(value_type = schema::Bearer)]
    token_type: &'static str,
    /// The number of seconds for which the access token is accepted.
    #[schema(minimum = 1, example = 900)]
    expires_in: u64,
    /// For `POST /api/auth/refresh`.
    #[schema(value_type = schema::RefreshToken)]
    refresh_token: String,
}

impl View for SignedIn {
    type View<'a> = SignedInView<'a>;

    fn view(&self) -> SignedInView<'_> {
        SignedInView {
            user: self.user.view(),
            access_token: &self.access.text,
            token_type: "Bearer",
            expires_in: self.access.lifetime.as_secs(),
            refresh_token: refresh_token::encode(&self.refresh),
        }
    }
}

/// 201 with a new user who is signed in.
pub(super) struct Registered(pub(super) SignedIn);

impl Responder for Registered {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Created().json(self.0.view())
    }
}

impl Describe for Registered {
    fn describe(operation: &mut OperationDescription<'_>) {
        operation
            .answer(StatusCode::CREATED)
            .json::<SignedInView<'_>>();
    }
}
