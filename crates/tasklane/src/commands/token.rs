//! `tasklane token`.

use tasklane_domain::error::with_causes;
use tasklane_domain::service::LoginError;
use tasklane_domain::user::{Client, Email};

use super::{CommandError, block_on, print};
use crate::composition::{self, StartError, Store};
use crate::config::Settings;
use crate::telemetry;

/// What the session's list of a user shows for a token of the console.
const CONSOLE: Client<'_> = Client {
    user_agent: Some("tasklane token"),
    address: None,
};

pub(super) fn print_token(settings: &Settings, email: &str) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    let email = Email::parse(email).map_err(|violation| format!("--email {violation}"))?;
    let signed_in = block_on(async {
        let store = Store::open_existing(settings).await?;
        let accounts = composition::build(settings, &store)?.state.accounts;
        let found = accounts.user_by_email(&email).await;
        if found.map_err(StartError::User)?.is_none() {
            return Ok(Err("there is no local account with this address"));
        }
        match accounts.sign_in_as(&email, CONSOLE).await {
            Ok(signed_in) => Ok(Ok(signed_in)),
            Err(LoginError::InvalidCredentials) => Ok(Err("the user is disabled")),
            Err(error) => Err(error.into()),
        }
    });
    let signed_in = signed_in
        .map_err(|error| with_causes(&error))
        .and_then(|refused| refused.map_err(str::to_owned))
        .map_err(|reason| format!("no token for {email}: {reason}"))?;
    print(format!("{}\n", signed_in.access.text).as_bytes())
}
