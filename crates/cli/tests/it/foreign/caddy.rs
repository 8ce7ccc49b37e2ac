//! Our server behind Caddy, with the configuration that the project hands out.

use std::{
    fs,
    net::{Ipv4Addr, TcpStream},
    process::{Command, Stdio},
};

use super::{
    free_port, installed, of_the_project,
    proxied::{self, Proxy},
};
use crate::{
    patience::until,
    world::{TLS, World},
};

/// The file of the project, for the world's certificate and these ports.
fn configuration(world: &World, server: &str, https: u16, http: u16) -> String {
    let dir = world.path().display();
    let site = fs::read_to_string(of_the_project("packaging/Caddyfile")).unwrap();
    let own = format!("https://localhost:{https} {{\n\ttls {dir}/chain.pem {dir}/key.pem");
    let site = site.replace("chat.example.org {", &own).replace(
        "reverse_proxy 127.0.0.1:5000",
        &format!("reverse_proxy {server}"),
    );
    format!("{{\n\tadmin off\n\tskip_install_trust\n\thttp_port {http}\n}}\n{site}")
}

#[test]
fn people_chat_through_caddy_with_the_configuration_of_the_project() {
    if installed().is_none() {
        return;
    }
    let (world, _authority) = World::over_tls(TLS);
    let (_, place) = world.url.split_once("//localhost:").unwrap();
    let server = format!("127.0.0.1:{place}");
    let (https, http) = (free_port(), free_port());
    world.stop_server();
    world.start_server(proxied::behind(https));
    let file = world.path().join("Caddyfile");
    fs::write(&file, configuration(&world, &server, https, http)).unwrap();
    let child = Command::new("caddy")
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(&file)
        .envs(["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|name| (name, world.path())))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _caddy = Proxy(child);
    until(|| TcpStream::connect((Ipv4Addr::LOCALHOST, https)).ok());
    proxied::people_chat(&world, https);
}
