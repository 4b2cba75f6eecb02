//! Takes a form apart as it streams by, and bounds how much of it waits in memory meanwhile.
//!
//! The library that takes it apart reads all that there is before it looks for the end of a part's header, or of what
//! stands before the first part; without this bound a form that never ends them would be kept whole.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, BodyDataStream},
    extract::{FromRequest, Multipart, Request, multipart::Field},
};
use bytes::Bytes;
use futures_util::Stream;
use thiserror::Error;

use super::longest_upload;
use crate::{
    App,
    error::{EnvelopeFault, Refusal},
};

/// Once so much waits, no more is read for now: as much as comes in at once on a fast connection.
const MOST_WAITING: usize = 256 * 1024;
/// So often in a row a form may be looked at without giving anything. A new part takes a few looks, and there are
/// only some parts.
const MOST_IDLE_LOOKS: usize = 256;

/// A form that streams in.
pub struct Upload {
    form: Multipart,
    progress: Arc<Progress>,
}

/// What the two ends of the library share.
#[derive(Default)]
struct Progress {
    /// Bytes that went in, and did not yet come out.
    waiting: AtomicUsize,
    /// How often nothing was read since something last came out.
    idle_looks: AtomicUsize,
    /// Whether the rest is only read to its end.
    dropping: AtomicBool,
}

/// The form as it goes into the library.
struct Inflow {
    body: BodyDataStream,
    progress: Arc<Progress>,
    /// So many bytes may still come, those included that are only read to be dropped.
    left: usize,
}

/// Why no more goes in.
#[derive(Debug, Error)]
enum InflowError {
    /// The upload broke off.
    #[error("the upload broke off")]
    Broken(#[from] axum::Error),
    /// A header of a part, or what stands before the first part, does not end.
    #[error("a part of the form has no end")]
    Endless,
    /// There is more of it than of any form of ours.
    #[error("the upload is longer than any form")]
    TooLong,
}

impl Upload {
    /// The next field.
    ///
    /// # Errors
    /// When the upload is cut off, too large or no form.
    pub async fn next_field(&mut self) -> Result<Option<UploadField<'_>>, EnvelopeFault> {
        let field = self.form.next_field().await.map_err(EnvelopeFault::Form)?;
        Ok(field.map(|field| UploadField { field, progress: &self.progress }))
    }

    /// Reads the rest and forgets it: a browser shows no answer to an upload that was cut off.
    pub async fn drop_rest(mut self) {
        self.progress.dropping.store(true, Ordering::Relaxed);
        while let Ok(Some(_)) = self.form.next_field().await {}
    }
}

/// A field that streams in.
pub struct UploadField<'u> {
    field: Field<'u>,
    progress: &'u Progress,
}

impl UploadField<'_> {
    /// Its name; empty where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.field.name().unwrap_or_default()
    }

    /// The name of its file; empty where it has none.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.field.file_name().unwrap_or_default().to_owned()
    }

    /// The media type that it says it has; empty where it has none or a longer one.
    #[must_use]
    pub fn media_type(&self, longest: usize) -> String {
        self.field.content_type().filter(|given| given.len() <= longest).unwrap_or_default().to_owned()
    }

    /// The next bytes of its value.
    ///
    /// # Errors
    /// When the upload is cut off or too large.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, EnvelopeFault> {
        let chunk = self.field.chunk().await.map_err(EnvelopeFault::Form)?;
        if let Some(chunk) = &chunk {
            self.progress.came_out(chunk.len());
        }
        Ok(chunk)
    }
}

impl FromRequest<App> for Upload {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        Self::begin(request, longest_upload(&app.settings)).await
    }
}

impl Upload {
    /// Begins to take in a form of at most so many bytes.
    async fn begin(request: Request, most: usize) -> Result<Self, Refusal> {
        let progress = Arc::new(Progress::default());
        let (parts, body) = request.into_parts();
        let inflow = Inflow { body: body.into_data_stream(), progress: Arc::clone(&progress), left: most };
        let request = Request::from_parts(parts, Body::from_stream(inflow));
        let form = Multipart::from_request(request, &()).await;
        let form = form.ok().ok_or(Refusal::Envelope(EnvelopeFault::ForeignForm))?;
        Ok(Self { form, progress })
    }
}

impl Progress {
    fn came_out(&self, bytes: usize) {
        self.idle_looks.store(0, Ordering::Relaxed);
        // Headers and boundaries go in and never come out: they count as waiting for good, which a form of a few
        // fields never notices.
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Stream for Inflow {
    type Item = Result<Bytes, InflowError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let dropping = self.progress.dropping.load(Ordering::Relaxed);
            if !dropping && self.progress.waiting.load(Ordering::Relaxed) >= MOST_WAITING {
                if self.progress.idle_looks.fetch_add(1, Ordering::Relaxed) >= MOST_IDLE_LOOKS {
                    return Poll::Ready(Some(Err(InflowError::Endless)));
                }
                // What waits is looked at first; then there is another look here.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            match Pin::new(&mut self.body).poll_next(context) {
                Poll::Ready(Some(Ok(bytes))) => {
                    let Some(left) = self.left.checked_sub(bytes.len()) else {
                        return Poll::Ready(Some(Err(InflowError::TooLong)));
                    };
                    self.left = left;
                    if dropping {
                        continue;
                    }
                    self.progress.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
                    return Poll::Ready(Some(Ok(bytes)));
                }
                Poll::Ready(Some(Err(cause))) => return Poll::Ready(Some(Err(cause.into()))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header;
    use futures_util::StreamExt as _;

    use super::*;

    /// Most bytes of the forms here.
    const MOST: usize = 8 << 20;

    /// An upload that begins so and then goes on for ever; gives how much of it was read, and how much until it was given up
    /// when it was to be dropped.
    async fn read_of_endless(start: &'static str) -> [usize; 2] {
        let read = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&read);
        let rest = futures_util::stream::repeat(Bytes::from_static(&[b'x'; 16 * 1024]));
        let endless = futures_util::stream::iter([Bytes::from_static(start.as_bytes())]).chain(rest);
        let counted = endless.map(move |bytes| {
            count.fetch_add(bytes.len(), Ordering::Relaxed);
            Ok::<_, std::convert::Infallible>(bytes)
        });
        let mut request = Request::new(Body::from_stream(counted));
        let form = "multipart/form-data; boundary=x".parse().unwrap();
        request.headers_mut().insert(header::CONTENT_TYPE, form);
        let mut upload = Upload::begin(request, MOST).await.ok().unwrap();
        assert!(upload.next_field().await.is_err());
        let kept = read.load(Ordering::Relaxed);
        upload.drop_rest().await;
        [kept, read.load(Ordering::Relaxed)]
    }

    #[tokio::test]
    async fn a_form_that_never_comes_to_its_point_is_not_kept() {
        for start in ["", "--x\r\n", "--x\r\nContent-Disposition: form-data; name=\""] {
            let [kept, read] = read_of_endless(start).await;
            assert!(kept <= MOST_WAITING + 16 * 1024, "{kept} bytes after {start:?}");
            assert!(read <= MOST + 16 * 1024, "{read} bytes after {start:?}");
        }
    }
}
