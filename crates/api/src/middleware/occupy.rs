//! Tells a connection when it is used, and its client when not to use it again.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, header};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, web};

use crate::connection::{Activity, Body, Occupied};
use crate::state::AppState;

/// Counts the request as under way on its connection until the last of the answer has been taken. When
/// the server stops, the client is asked to send its next request over another connection: it would
/// lose one that it sends while this one is closed.
///
/// # Errors
/// Those of what is inside.
pub async fn occupy<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<Answer>, Error> {
    let activity = request.conn_data::<Rc<Activity>>();
    let occupied = activity.map(|activity| activity.occupy(body_of(&request)));
    let state = request.app_data::<web::Data<AppState>>().cloned();
    let mut response = next.call(request).await?;
    if state.is_some_and(|state| state.health.is_stopping()) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_body(|_, body| Answer {
        body: body.boxed(),
        _occupied: occupied,
    }))
}

/// The body that the request announces. The server has made sure that what it says of it is sound.
fn body_of(request: &ServiceRequest) -> Body {
    let headers = request.headers();
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return Body::Chunked;
    }
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    Body::Bytes(length.unwrap_or_default())
}

/// The body of an answer, which occupies its connection.
pub struct Answer {
    body: BoxBody,
    _occupied: Option<Occupied>,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_pin_mut().poll_next(context)
    }
}
