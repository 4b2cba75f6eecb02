//! The callbacks of the milter protocol, in its order. All work is done in the session.

use std::sync::Arc;

use indymilter::{
    CallbackFuture, Callbacks, Context, EomContext, NegotiateContext, SetErrorReply as _, SmtpReply, Status,
};

use super::{
    MailEditor,
    session::{MailMacros, Session, Shared},
};
use crate::reply::Reply;

/// Makes the callbacks of one connection.
pub(super) fn callbacks<E: MailEditor>(shared: Arc<Shared<E>>) -> Callbacks<Session<E>> {
    Callbacks::new()
        .on_negotiate(move |context, actions, options| {
            let shared = Arc::clone(&shared);
            Box::pin(async move { negotiate(context, shared, Session::<E>::negotiate(actions, options)) })
        })
        .on_connect(|context, name, address| with(context, |session| session.connect(&name, &address)))
        .on_helo(|context, name| with(context, |session| session.helo(&name)))
        .on_mail(|context, arguments| with(context, |session| session.mail(&arguments)))
        .on_rcpt(|context, arguments| {
            let reply = context.data.as_mut().map(|session| session.recipient(&arguments));
            now(answer(&mut context.reply, reply))
        })
        // Answered for its own sake: after DATA another process of Postfix goes on, and its first octets would else wait until
        // those of the one before are acknowledged, which takes 40 ms.
        .on_data(|context| with(context, |_| ()))
        .on_header(|context, name, value| with(context, |session| session.header(&name, &value)))
        .on_eoh(|context| with(context, Session::end_of_header))
        .on_body(|context, octets| with(context, |session| session.body(&octets)))
        .on_eom(|context| Box::pin(end_of_mail(context)))
        .on_abort(|context| with(context, Session::forget_mail))
        .on_close(|context| with(context, Session::forget_mail))
}

fn negotiate<E: MailEditor>(
    context: &mut NegotiateContext<Session<E>>,
    shared: Arc<Shared<E>>,
    agreed: Option<(indymilter::Actions, indymilter::ProtoOpts)>,
) -> Status {
    let Some((actions, options)) = agreed else {
        tracing::error!("a milter client cannot do what is needed; Postfix: milter_protocol = 6");
        // Is no answer here, and so ends the connection.
        return Status::Tempfail;
    };
    (context.requested_actions, context.requested_opts) = (actions, options);
    context.data = Some(Session::new(shared));
    Status::Continue
}

/// Calls the session where there is nothing to answer.
///
/// The status is "continue" even if it was agreed that none is sent: indymilter then sends none, and takes the other status for
/// an answer where the last piece of a body comes with the end of the mail.
fn with<E: MailEditor>(
    context: &mut Context<Session<E>>,
    call: impl FnOnce(&mut Session<E>),
) -> CallbackFuture<'static> {
    context.data.as_mut().map(call);
    now(Status::Continue)
}

fn now(status: Status) -> CallbackFuture<'static> {
    Box::pin(std::future::ready(status))
}

async fn end_of_mail<E: MailEditor>(context: &mut EomContext<Session<E>>) -> Status {
    let EomContext { data, macros, reply, actions } = context;
    let Some(session) = data else { return Status::Tempfail };
    let done = session.end_of_mail(&MailMacros::of(macros), actions).await;
    session.forget_mail();
    answer(reply, Some(done))
}

/// Gives the status for a reply of ours, and lets it be sent as it is.
fn answer(wire: &mut SmtpReply, reply: Option<Result<(), Reply>>) -> Status {
    let reply = match reply {
        Some(Ok(())) => return Status::Continue,
        Some(Err(reply)) => reply,
        None => return Status::Tempfail,
    };
    let (status, code) = if reply.is_permanent() { (Status::Reject, 550) } else { (Status::Tempfail, 451) };
    // Second digits above 5 are none that a milter may give.
    let code = if reply.is_final() && reply.code() % 100 < 60 { reply.code() } else { code };
    let enhanced = reply.enhanced().map(|enhanced| enhanced.to_string());
    // A percent sign would be the first half of two.
    let text = reply.text().replace('%', "%%");
    let lines = text
        .split('\n')
        .map(|line| line.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect::<String>());
    if let Err(error) = wire.set_error_reply(&code.to_string(), enhanced.as_deref(), lines) {
        tracing::error!(%error, "a reply could not be given in its own words");
    }
    status
}
