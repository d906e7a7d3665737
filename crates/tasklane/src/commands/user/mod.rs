//! `tasklane user`: what an operator does about users.

mod password;
mod show;

use tasklane_domain::id::UserId;
use tasklane_domain::port::DirectoryEntry;
use tasklane_domain::service::Registration;
use tasklane_domain::user::{Email, LinkPurpose, Name};

use self::password::NewPassword;
use super::{CommandError, block_on, print};
use crate::cli::{UserCommand, UserReference};
use crate::composition::{self, Services, StartError, Store};
use crate::config::{Settings, setting};
use crate::telemetry;

/// Users that are read at once.
const PAGE: u16 = 500;

pub(super) fn run(settings: &Settings, command: UserCommand) -> Result<(), CommandError> {
    let _guard = telemetry::init(&settings.log)?;
    match command {
        UserCommand::Add {
            email,
            name,
            password_stdin,
        } => add(settings, email, name, password_stdin),
        UserCommand::List { json } => list(settings, json),
        UserCommand::Show { user, json } => show_one(settings, &user, json),
        UserCommand::SetPassword {
            user,
            password_stdin,
        } => set_password(settings, &user, password_stdin),
        UserCommand::ResetLink { user } => reset_link(settings, &user),
        UserCommand::Disable { user } => {
            let done = change(settings, &user, async |services, id| {
                services.state.users.disable(id).await
            })?;
            print(format!("{done} disabled\n").as_bytes())
        }
        UserCommand::Enable { user } => {
            let done = change(settings, &user, async |services, id| {
                services.state.users.enable(id).await
            })?;
            print(format!("{done} enabled\n").as_bytes())
        }
    }
}

fn add(
    settings: &Settings,
    email: Email,
    name: Option<Name>,
    from_stdin: bool,
) -> Result<(), CommandError> {
    let password = NewPassword::obtain(from_stdin, Some(&email))?;
    let registration = Registration {
        email,
        password: password.value.clone(),
        name,
    };
    let user = block_on(async {
        let services = open(settings).await?;
        Ok(services.operator.add_account(registration).await?)
    })?;
    print(format!("{} added\n{}", user.id, password.shown()).as_bytes())
}

fn set_password(
    settings: &Settings,
    user: &UserReference,
    from_stdin: bool,
) -> Result<(), CommandError> {
    let email = match user {
        UserReference::Email(email) => Some(email),
        UserReference::Id(_) => None,
    };
    let password = NewPassword::obtain(from_stdin, email)?;
    let id = block_on(async {
        let services = open(settings).await?;
        let Some(id) = find(&services, user).await? else {
            return Ok(None);
        };
        services.operator.set_password(id, &password.value).await?;
        Ok(Some(id))
    })?;
    let id = id.ok_or_else(|| missing(user))?;
    print(format!("{id} has a new password\n{}", password.shown()).as_bytes())
}

fn reset_link(settings: &Settings, user: &UserReference) -> Result<(), CommandError> {
    if settings.auth.reset_url.is_none() {
        let setting = setting("auth.reset_url");
        return Err(
            format!("no link can be made: set {setting} to the page that it is to open").into(),
        );
    }
    let made = block_on(async {
        let services = open(settings).await?;
        let Some(id) = find(&services, user).await? else {
            return Ok(None);
        };
        let link = services.links.make(id, LinkPurpose::PasswordReset).await;
        Ok(Some(link.map_err(StartError::User)?))
    })?;
    let link = made.ok_or_else(|| missing(user))?;
    let link = link.ok_or("the user is disabled, or has no local account")?;
    print(format!("{link}\n").as_bytes())
}

fn list(settings: &Settings, json: bool) -> Result<(), CommandError> {
    let users = block_on(async {
        let operator = open(settings).await?.operator;
        let mut users: Vec<DirectoryEntry> = Vec::new();
        loop {
            let after = users.last().map(|entry| entry.user.id);
            let page = operator.users_after(after, PAGE).await;
            let page = page.map_err(StartError::User)?;
            let is_last = page.len() < usize::from(PAGE);
            users.extend(page);
            if is_last {
                return Ok(users);
            }
        }
    })?;
    if json {
        print(show::as_json(&users)?.as_bytes())
    } else {
        print(show::as_table(&users).as_bytes())
    }
}

fn show_one(settings: &Settings, user: &UserReference, json: bool) -> Result<(), CommandError> {
    let entry = block_on(async {
        let services = open(settings).await?;
        let Some(id) = find(&services, user).await? else {
            return Ok(None);
        };
        services.operator.user(id).await.map_err(StartError::User)
    })?;
    let entry = entry.ok_or_else(|| missing(user))?;
    if json {
        print(show::one_as_json(&entry)?.as_bytes())
    } else {
        print(show::as_lines(&entry).as_bytes())
    }
}

/// Does something to a user, and gives the id.
fn change(
    settings: &Settings,
    user: &UserReference,
    action: impl AsyncFnOnce(&Services, UserId) -> Result<bool, tasklane_domain::error::StoreError>,
) -> Result<UserId, CommandError> {
    let changed = block_on(async {
        let services = open(settings).await?;
        let Some(id) = find(&services, user).await? else {
            return Ok(None);
        };
        let known = action(&services, id).await.map_err(StartError::User)?;
        Ok(known.then_some(id))
    })?;
    Ok(changed.ok_or_else(|| missing(user))?)
}

async fn open(settings: &Settings) -> Result<Services, StartError> {
    composition::build(settings, &Store::open_existing(settings).await?)
}

async fn find(services: &Services, user: &UserReference) -> Result<Option<UserId>, StartError> {
    let found = match user {
        UserReference::Id(id) => Ok(Some(*id)),
        UserReference::Email(email) => services.state.accounts.user_by_email(email).await,
    };
    found.map_err(StartError::User)
}

fn missing(user: &UserReference) -> String {
    match user {
        UserReference::Id(id) => format!("there is no user {id}"),
        UserReference::Email(email) => format!("there is no local account {email}"),
    }
}
