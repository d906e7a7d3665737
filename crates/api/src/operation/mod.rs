//! Operations: each is described once, by its types. From one description come its route, its part
//! of the OpenAPI document, the methods that its path allows, and its deadline.

mod answer;
mod components;
mod description;
mod example;
mod fallback;
mod header;
mod refusals;
mod registry;
mod serve;

use actix_web::web;
use actix_web::{FromRequest, Responder};

pub(crate) use answer::{Accepted, Shown, View};
pub use answer::{Json, NoContent};
pub use components::Components;
pub(crate) use components::EXPLODE;
pub use description::{AnswerDescription, OperationDescription, Parameter, ParameterPlace};
pub use fallback::{not_found, read_only};
pub use header::Header;
#[cfg(test)]
pub(crate) use refusals::CODES;
pub use registry::Operations;
pub use serve::Deadline;
pub(crate) use serve::Expiry;

use crate::error::ApiError;
use crate::problem::ProblemCode;
use crate::state::AppState;

/// What every operation works with.
pub type State = web::Data<AppState>;

/// An operation of the API.
pub trait Operation: 'static {
    /// Its method and path.
    const ROUTE: Route;
    /// Its `operationId`: `<verb>_<noun>`.
    const ID: &'static str;
    /// Under which heading it is listed.
    const TAG: Tag;
    /// It in a few words.
    const SUMMARY: &'static str;
    /// What a caller has to know, in Markdown.
    const DESCRIPTION: &'static str;
    /// What its success answers with.
    const ANSWER: &'static str;
    /// The problems that do not follow from its input.
    const REFUSALS: &'static [ProblemCode] = &[];
    /// The ids of the operations that a caller may go on with, given the id that the answer names.
    const NEXT: &'static [&'static str] = &[];

    /// What it takes from a request.
    type Input: FromRequest + Describe;
    /// What it answers with when it succeeds.
    type Output: Responder + Describe;

    /// Does it.
    ///
    /// # Errors
    /// Those of its refusals, and what the store cannot do.
    fn call(
        state: State,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, ApiError>>;
}

/// Something that an operation takes or answers with, and that documents itself.
pub trait Describe {
    /// Adds what it means to the operation's description.
    fn describe(operation: &mut OperationDescription<'_>);
}

macro_rules! describe_tuples {
    ($(($($name:ident),*))*) => {$(
        impl<$($name: Describe),*> Describe for ($($name,)*) {
            fn describe(_operation: &mut OperationDescription<'_>) {
                $($name::describe(_operation);)*
            }
        }
    )*};
}

describe_tuples! { () (A) (A, B) (A, B, C) (A, B, C, D) }

/// Parts of the application are no part of the request.
impl<T> Describe for web::Data<T> {
    fn describe(_: &mut OperationDescription<'_>) {}
}

impl Describe for actix_web::HttpRequest {
    fn describe(_: &mut OperationDescription<'_>) {}
}

/// An input whose failure the operation handles.
impl<T: Describe, E> Describe for Result<T, E> {
    fn describe(operation: &mut OperationDescription<'_>) {
        T::describe(operation);
    }
}

/// A method and a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    method: Method,
    path: &'static str,
}

impl Route {
    /// Reads.
    #[must_use]
    pub const fn get(path: &'static str) -> Self {
        Self::new(Method::Get, path)
    }

    /// Does or creates something.
    #[must_use]
    pub const fn post(path: &'static str) -> Self {
        Self::new(Method::Post, path)
    }

    /// Replaces.
    #[must_use]
    pub const fn put(path: &'static str) -> Self {
        Self::new(Method::Put, path)
    }

    /// Changes.
    #[must_use]
    pub const fn patch(path: &'static str) -> Self {
        Self::new(Method::Patch, path)
    }

    /// Removes.
    #[must_use]
    pub const fn delete(path: &'static str) -> Self {
        Self::new(Method::Delete, path)
    }

    const fn new(method: Method, path: &'static str) -> Self {
        Self { method, path }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// The headings of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// What a user does with tasks.
    Tasks,
    /// What is done with deleted tasks.
    Trash,
    /// What clients that keep a copy ask.
    Sync,
    /// Local accounts, sessions and tokens.
    Accounts,
    /// The caller's own data.
    Profile,
    /// What operators and tools ask.
    Operations,
}

impl Tag {
    /// Every heading, in the document's order.
    pub const ALL: [Self; 6] = [
        Self::Tasks,
        Self::Trash,
        Self::Sync,
        Self::Accounts,
        Self::Profile,
        Self::Operations,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tasks => "Tasks",
            Self::Trash => "Trash",
            Self::Sync => "Sync",
            Self::Accounts => "Accounts",
            Self::Profile => "Profile",
            Self::Operations => "Operations",
        }
    }

    /// What is found under it.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Tasks => "A user's tasks",
            Self::Trash => "Deleted tasks, which can be restored",
            Self::Sync => "What changed, and several changes at once",
            Self::Accounts => "Local accounts, sessions and tokens",
            Self::Profile => "The caller's own data",
            Self::Operations => "For operators and tools",
        }
    }
}
