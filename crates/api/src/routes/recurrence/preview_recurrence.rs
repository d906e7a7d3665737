use chrono::NaiveDate;
use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::Serialize;
use tasklane_domain::error::Violation;
use tasklane_domain::task::recurrence::Recurrence;
use utoipa::ToSchema;

use super::recurrence_body::{RecurrenceBody, RecurrenceFields, at_members};
use super::recurrence_view::RecurrenceView;
use crate::error::ApiError;
use crate::extract::{Authenticated, Body, FieldErrors, integer};
use crate::operation::{Json, Operation, Route, State, Tag};
use crate::routes::tasks::due::{DueBody, DueDraft};
use crate::routes::text::Text;
use crate::schema;

const MAX_LIMIT: i64 = 100;
const DEFAULT_LIMIT: usize = 10;

/// A due date, a rule, and which of its days are wanted.
#[derive(Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = RecurrencePreviewRequest, example = json!({
    "due": { "date": "2026-11-30" },
    "recurrence": { "frequency": "monthly", "by_day": [{ "day": "fr", "nth": -1 }] },
    "limit": 3,
}))]
#[serde(deny_unknown_fields)]
pub(super) struct PreviewBody {
    /// When the task is due.
    #[schema(value_type = DueDraft)]
    due: DueBody,
    /// By which rule it is due again.
    #[schema(value_type = RecurrenceFields)]
    recurrence: RecurrenceBody,
    /// The day after which days are wanted.
    #[deserr(default)]
    #[schema(value_type = Option<schema::Day>)]
    after: Option<NaiveDate>,
    /// How many days are wanted; 10 by default.
    #[deserr(default)]
    #[schema(value_type = Option<schema::PreviewLimit>)]
    limit: Option<Limit>,
}

struct Limit(usize);

impl Deserr<FieldErrors> for Limit {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef,
    ) -> Result<Self, FieldErrors> {
        let number = integer(value, location)?;
        let limit = usize::try_from(number)
            .ok()
            .filter(|_| (1..=MAX_LIMIT).contains(&number));
        limit.map(Self).ok_or_else(|| {
            let message = format!("must be 1 to {MAX_LIMIT}");
            let violation = Violation::new("out_of_range", message).with("max", 100);
            FieldErrors::at(location, violation)
        })
    }
}

/// The rule with what it left open filled in, and its days.
#[derive(Serialize, ToSchema)]
#[schema(as = RecurrencePreview)]
pub(super) struct Preview {
    /// The rule.
    recurrence: RecurrenceView,
    /// Its days, the earliest first.
    #[schema(value_type = Vec<schema::Day>)]
    dates: Vec<Text<NaiveDate>>,
}

pub(super) struct PreviewRecurrence;

impl Operation for PreviewRecurrence {
    const ROUTE: Route = Route::post("/api/recurrence/preview");
    const ID: &'static str = "preview_recurrence";
    const TAG: Tag = Tag::Tasks;
    const SUMMARY: &'static str = "Show the days of a recurrence rule";
    const DESCRIPTION: &'static str = "For forms and calendars: the days of a rule from its `start` on, \
        or after the day `after`. With `count`, as many as it leaves from the due date on. A rule has no \
        day after a gap of more than 100 years. Nothing is read or written.";
    const ANSWER: &'static str = "The rule and its days";

    type Input = Authenticated<Body<PreviewBody>>;
    type Output = Json<Preview>;

    async fn call(
        _: State,
        Authenticated(_, Body(body)): Self::Input,
    ) -> Result<Self::Output, ApiError> {
        let due = body.due.0.date();
        let rule = Recurrence::new(body.recurrence.0, due).map_err(|broken| {
            let location = ValuePointerRef::Origin.push_key("recurrence");
            ApiError::Body(at_members(location, broken))
        })?;
        let limit = body.limit.map_or(DEFAULT_LIMIT, |limit| limit.0);
        let dates = rule.preview(due, body.after).take(limit).map(Text);
        Ok(Json(Preview {
            recurrence: RecurrenceView::from(&rule),
            dates: dates.collect(),
        }))
    }
}
