//! A reverse proxy that lets no cookie through.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use sealpost_tests::place::find_program;
use sealpost_tests::process::{Process, free_address};

use super::Scene;

/// Starts one in front of the scene's portal.
pub(crate) fn start(scene: &Scene) -> (Process, SocketAddr) {
    let address = free_address().unwrap();
    let folder = scene.site.folder().path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {folder}/nginx-temporary;\n"))
        .concat();
    let settings = format!(
        "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}\
         server {{\nlisten {address};\nlocation / {{\nproxy_pass {};\nproxy_hide_header Set-Cookie;\n}}\n}}\n}}\n",
        scene.site.portal_url()
    );
    fs::write(scene.path("nginx.conf"), settings).unwrap();
    let mut nginx = Command::new(find_program("nginx").unwrap());
    nginx.arg("-e").arg("stderr").arg("-p").arg(scene.site.folder().path()).args(["-c", "nginx.conf"]);
    let mut proxy = Process::start("nginx", nginx, &scene.path("nginx.log")).unwrap();
    proxy.wait_for_port(address).unwrap();
    (proxy, address)
}
