//! What surrounds every operation.

mod head_size;
mod observe;
mod occupy;
mod problems;
mod request_id;
mod security_headers;
mod shed;

pub use head_size::limit_head;
pub(crate) use head_size::{HEAD_LIMIT, head_too_large};
pub use observe::{HeadOnly, observe};
pub use occupy::occupy;
pub use problems::write_problems;
pub(crate) use request_id::X_REQUEST_ID_HEADER;
pub use request_id::{RequestId, identify};
pub use security_headers::{StrictTransport, security_headers};
pub use shed::shed;
