//! Stage `listeners`: does the gateway run, and answer where the settings say?

use super::{Fault, Stage, dialogue::Dialogue, dialogue::Silence};
use crate::{
    config::{Kind, Listener, Settings},
    receive::Protocol,
};

pub(super) async fn examine(settings: &Settings) -> Vec<Stage> {
    let mut faults = Vec::new();
    for listener in &settings.listeners {
        if let Err(fault) = answers(listener, &settings.limits.hostname).await {
            faults.push(fault);
        }
    }
    let places: Vec<String> =
        settings.listeners.iter().map(|listener| listener.address.to_string()).collect();
    vec![Stage::of("listeners", faults, format!("{} answer", places.join(", ")))]
}

async fn answers(listener: &Listener, hostname: &str) -> Result<(), Fault> {
    let silent = |silence: Silence| {
        Fault::new(
            format!("no answer at {}: {silence}", listener.address),
            "start the gateway (`sealpost-gateway serve`, `systemctl start sealpost-gateway`), and see its log",
        )
    };
    let mut dialogue = Dialogue::with(&listener.address).await.map_err(silent)?;
    let service = match &listener.kind {
        Kind::Mail(service) => service,
        // There it is for the client to begin.
        Kind::Milter(_) => return Ok(()),
    };
    if !service.balancers.is_empty() {
        // It waits for the header of a load balancer, which the doctor is none.
        return Ok(());
    }
    let greeting = dialogue.reply().await.map_err(silent)?.reply;
    if greeting.code() == 554 {
        // It answers, but this host is none of its clients.
        return Ok(());
    }
    if !(greeting.is_success()
        && greeting.text().starts_with(hostname)
        && greeting.text().ends_with("Sealpost"))
    {
        return Err(Fault::new(
            format!(
                "another program, or a gateway with other settings, answers at {}: {greeting}",
                listener.address
            ),
            "stop that program, or choose another address; restart the gateway after a change of hostname",
        ));
    }
    let (hello, right) = match service.protocol {
        Protocol::Smtp => ("EHLO", "smtp"),
        Protocol::Lmtp => ("LHLO", "lmtp"),
    };
    let reply = dialogue.say(&format!("{hello} {hostname}\r\n")).await.map_err(silent)?.reply;
    if !reply.is_success() {
        return Err(Fault::new(
            format!("the gateway at {} does not speak {right}: {reply}", listener.address),
            "restart the gateway: it runs with other settings",
        ));
    }
    Ok(())
}
