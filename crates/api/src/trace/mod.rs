//! The trace that a request is part of.

mod parent;

use actix_web::http::header::HeaderMap;
use opentelemetry::trace::{SpanContext, Status, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use parent::remote_parent;

/// The trace of one request. Its id is on every line that the request logs, whether or not traces are
/// exported.
pub struct RequestTrace {
    /// Where the exported span is; `None` where none is exported.
    exported: Option<Context>,
}

impl RequestTrace {
    /// Continues the caller's trace, or begins one. The span must have the empty fields `otel.kind`
    /// and `trace_id`, and must not have been entered.
    #[must_use]
    pub fn begin(span: &Span, headers: &HeaderMap) -> Self {
        if span.is_disabled() {
            return Self { exported: None };
        }
        let caller = remote_parent(headers);
        let own = caller.as_ref().map(SpanContext::trace_id);
        let exported = export(span, caller);
        let trace = match &exported {
            Some(context) => context.span().span_context().trace_id(),
            None => own.unwrap_or_else(|| TraceId::from(rand::random::<u128>())),
        };
        span.record("trace_id", trace.to_string().as_str());
        Self { exported }
    }

    /// Says how the request was answered, in OpenTelemetry's words. Without a route the path is
    /// nobody's.
    pub fn end(self, method: &'static str, route: Option<&str>, status: u16) {
        let Some(context) = self.exported else {
            return;
        };
        let span = context.span();
        span.set_attribute(KeyValue::new("http.request.method", method));
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status),
        ));
        if let Some(route) = route {
            span.set_attribute(KeyValue::new("http.route", route.to_owned()));
            span.update_name(format!("{method} {route}"));
        } else {
            span.update_name(method);
        }
        if status >= 500 {
            span.set_attribute(KeyValue::new("error.type", status.to_string()));
            span.set_status(Status::error(""));
        }
    }
}

/// The span as it is exported, if it is.
fn export(span: &Span, caller: Option<SpanContext>) -> Option<Context> {
    let caller = caller.map(|caller| Context::new().with_remote_span_context(caller));
    span.set_parent(caller.unwrap_or_default()).ok()?;
    span.record("otel.kind", "server");
    Some(span.context())
}
