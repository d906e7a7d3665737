use std::fmt::{self, Debug};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

/// The target of events that came from the `log` crate; the real one is a field.
const LOG_CRATE: &str = "log";

/// The fields that every line begins with; nothing else can take their names.
const LEADING: [&str; 4] = ["timestamp", "level", "target", "message"];

/// An event as one flat JSON object on a line: time (RFC 3339, UTC, microseconds), level, target,
/// message, then the fields of the event and of every span around it. The inner one wins where two
/// have the same name. Flat, so that `request_id` is in the same place on every line.
pub(super) struct JsonLine;

impl<S> FormatEvent<S, JsonFields> for JsonLine
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = span_fields(context);
        event.record(&mut Collector(&mut fields));
        let metadata = event.metadata();
        let target = match fields.remove("log.target") {
            Some(Value::String(target)) if metadata.target() == LOG_CRATE => target,
            _ => metadata.target().to_owned(),
        };
        fields.retain(|name, _| !name.starts_with("log."));

        let message = fields.remove("message").unwrap_or_default();
        let leading = [
            timestamp()?.into(),
            metadata.level().as_str().into(),
            target.into(),
            message,
        ];
        write_line(&mut writer, &leading, &fields)
    }
}

fn span_fields<S>(context: &FmtContext<'_, S, JsonFields>) -> Map<String, Value>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    let mut fields = Map::new();
    for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
        if let Some(formatted) = span.extensions().get::<FormattedFields<JsonFields>>()
            && let Ok(Value::Object(own)) = serde_json::from_str(&formatted.fields)
        {
            fields.extend(own);
        }
    }
    // A span's own message would pass for the event's.
    fields.remove("message");
    fields
}

fn timestamp() -> Result<String, fmt::Error> {
    let mut text = String::new();
    SystemTime.format_time(&mut Writer::new(&mut text))?;
    Ok(text)
}

fn write_line(
    writer: &mut Writer<'_>,
    leading: &[Value; LEADING.len()],
    fields: &Map<String, Value>,
) -> fmt::Result {
    let mut separator = '{';
    for (name, value) in LEADING.iter().zip(leading) {
        write!(writer, "{separator}\"{name}\":{value}")?;
        separator = ',';
    }
    for (name, value) in fields
        .iter()
        .filter(|(name, _)| !LEADING.contains(&name.as_str()))
    {
        write!(writer, ",{}:{value}", Value::from(name.as_str()))?;
    }
    writeln!(writer, "}}")
}

/// Takes an event's fields as JSON values.
struct Collector<'fields>(&'fields mut Map<String, Value>);

impl Collector<'_> {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Collector<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.insert(field, format!("{value:?}"));
    }
}
