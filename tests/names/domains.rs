//! Mail domains in all states.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use turbomail::probe::names::{
    DmarcPolicy, Domain, Located, Missing, Resolver, look, services, submission_server,
};

use crate::{server, with};

const KEY: &str = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";

fn ids(domain: &Domain) -> Vec<String> {
    domain.findings().into_iter().map(|one| one.id).collect()
}

#[tokio::test]
async fn a_domain_in_good_order_is_read_whole() {
    let key = format!("txt-record=s1._domainkey.good.test,\"{KEY}\"");
    let Some((_server, resolver)) = with(&[
        "host-record=mail.good.test,127.0.0.1,::1",
        "mx-host=good.test,mail.good.test,20",
        "mx-host=good.test,first.good.test,10",
        "srv-host=_submissions._tcp.good.test,mail.good.test,465,5,0",
        "srv-host=_submission._tcp.good.test,mail.good.test,587,5,0",
        "srv-host=_submission._tcp.good.test,spare.good.test,587,9,0",
        "txt-record=good.test,\"v=spf1 mx include:spf.other.test ~all\"",
        "txt-record=good.test,some other text",
        "txt-record=spf.other.test,\"v=spf1 ip4:192.0.2.0/24 a -all\"",
        "txt-record=_dmarc.good.test,\"v=DMARC1; p=quarantine; adkim=s; rua=mailto:a@good.test\"",
        "txt-record=_mta-sts.good.test,\"v=STSv1; id=1\"",
        "txt-record=_smtp._tls.good.test,\"v=TLSRPTv1; rua=mailto:a@good.test\"",
        &key,
    ]) else {
        return;
    };
    let domain = look(&resolver, "good.test", None, &["s1".to_owned()]).await;
    let mx = domain.mx.0.as_ref().expect("an MX");
    let hosts: Vec<&str> = mx.iter().map(|one| one.host.as_str()).collect();
    assert_eq!(hosts, ["first.good.test", "mail.good.test"]);
    let found = domain.submission.0.as_ref().expect("services");
    let places: Vec<String> = found
        .iter()
        .map(|one| format!("{}:{} {}", one.host, one.port, one.security))
        .collect();
    assert_eq!(
        places,
        [
            "mail.good.test:465 tls",
            "mail.good.test:587 starttls",
            "spare.good.test:587 starttls"
        ]
    );
    let spf = domain.spf.0.as_ref().expect("SPF");
    assert_eq!((spf.records, spf.lookups.count), (1, 3));
    let dmarc = domain.dmarc.0.as_ref().expect("DMARC");
    assert_eq!(dmarc.policy, Some(DmarcPolicy::Quarantine));
    assert!(dmarc.strict_dkim && dmarc.reports);
    let key = domain.dkim.first().expect("a key");
    assert_eq!((key.selector.as_str(), key.bits), ("s1", Some(1024)));
    assert!(domain.mta_sts.0.is_ok() && domain.tls_reports.0.is_ok());
    assert_eq!(ids(&domain), [""; 0]);
    let addresses = resolver.addresses("mail.good.test").await.expect("both");
    let both: [IpAddr; 2] = ["::1".parse().expect("v6"), "127.0.0.1".parse().expect("v4")];
    assert_eq!(addresses, both);
    let below = look(&resolver, "news.good.test", None, &[]).await;
    assert_eq!(
        below.dmarc.0.expect("from above").at.as_str(),
        "_dmarc.good.test"
    );
}

#[tokio::test]
async fn what_is_wrong_with_spf_is_named() {
    let many: Vec<String> = (0..12)
        .map(|n| format!("txt-record=i{n}.test,\"v=spf1 -all\""))
        .collect();
    let includes: Vec<String> = (0..12).map(|n| format!("include:i{n}.test")).collect();
    let includes = includes.join(" ");
    let many_record = format!("txt-record=many.test,\"v=spf1 {includes} -all\"");
    let mut lines = vec![
        "mx-host=none.test,mail.none.test,1",
        "mx-host=twice.test,mail.none.test,1",
        "txt-record=twice.test,\"v=spf1 -all\"",
        "txt-record=twice.test,\"v=spf1 mx -all\"",
        "mx-host=open.test,mail.none.test,1",
        "txt-record=open.test,\"v=spf1 +all\"",
        "mx-host=many.test,mail.none.test,1",
        &many_record,
        "mx-host=broken.test,mail.none.test,1",
        "txt-record=broken.test,\"v=spf1 include:nowhere.test ~all\"",
        "mx-host=odd.test,mail.none.test,1",
        "txt-record=odd.test,\"v=spf1 ipv4:192.0.2.1 ~all\"",
        "mx-host=loop.test,mail.none.test,1",
        "txt-record=loop.test,\"v=spf1 include:loop.test redirect=loop2.test\"",
        "txt-record=loop2.test,\"v=spf1 include:loop.test -all\"",
        "mx-host=other.test,mail.none.test,1",
        "txt-record=other.test,\"v=spf1 ip4:192.0.2.1 -all\"",
        "mx-host=named.test,mail.none.test,1",
        "txt-record=named.test,\"v=spf1 include:_spf.google.com -all\"",
        "txt-record=_spf.google.com,\"v=spf1 ip4:192.0.2.1 -all\"",
    ];
    lines.extend(many.iter().map(String::as_str));
    let Some((_server, resolver)) = with(&lines) else {
        return;
    };
    for (name, id) in [
        ("none.test", "dns.spf_missing"),
        ("twice.test", "dns.spf_twice"),
        ("open.test", "dns.spf_open"),
        ("many.test", "dns.spf_lookups"),
        ("broken.test", "dns.spf_include_broken"),
        ("odd.test", "dns.spf_fault"),
        ("loop.test", ""),
    ] {
        let domain = look(&resolver, name, None, &[]).await;
        let spf: Vec<String> = ids(&domain)
            .into_iter()
            .filter(|id| id.starts_with("dns.spf"))
            .collect();
        let wanted: Vec<&str> = Some(id).into_iter().filter(|id| !id.is_empty()).collect();
        assert_eq!(spf, wanted, "{name}");
    }
    let gmail = Some("smtp.gmail.com");
    let other = look(&resolver, "other.test", gmail, &[]).await;
    let said = ids(&other);
    assert!(
        said.contains(&"dns.spf_without_provider".to_owned()),
        "{said:?}"
    );
    assert!(said.contains(&"dns.dkim_missing".to_owned()), "{said:?}");
    let named = look(&resolver, "named.test", gmail, &[]).await;
    assert!(!ids(&named).iter().any(|id| id.starts_with("dns.spf")));
}

#[tokio::test]
async fn a_domain_without_mail_or_without_name_is_told_apart() {
    let Some((_server, resolver)) = with(&[
        "mx-host=null.test,.,0",
        "txt-record=null.test,\"v=spf1 -all\"",
        "txt-record=_dmarc.null.test,\"v=DMARC1; p=perhaps\"",
        "txt-record=bare.test,x",
        "txt-record=_dmarc.bare.test,\"v=DMARC1; p=reject\"",
        "txt-record=s1._domainkey.bare.test,\"v=DKIM1; p=\"",
    ]) else {
        return;
    };
    let null = look(&resolver, "null.test", None, &[]).await;
    assert_eq!(ids(&null), ["dns.dmarc_fault", "dns.no_incoming"]);
    let bare = look(&resolver, "bare.test", None, &["s1".to_owned()]).await;
    assert_eq!(
        ids(&bare),
        ["dns.spf_missing", "dns.dkim_revoked", "dns.no_incoming"]
    );
    let unknown = look(&resolver, "nobody.test", None, &[]).await;
    assert_eq!(ids(&unknown), ["dns.domain_unknown"]);
    assert_eq!(unknown.mx.0, Err(Missing::NoName));
    assert!(matches!(
        submission_server(&resolver, "null.test", false).await,
        Located::NoMail
    ));
}

#[tokio::test]
async fn a_mail_domain_leads_to_its_submission_server() {
    let Some((_server, resolver)) = with(&[
        "srv-host=_submission._tcp.srv.test,mail.srv.test,587,0,1",
        "host-record=srv.test,127.0.0.1",
        "srv-host=_submissions._tcp.denied.test,.,0,0,0",
        "host-record=plain.test,127.0.0.1",
        "mx-host=plain.test,aspmx.l.google.com,1",
        "mx-host=hosted.test,in1-smtp.messagingengine.com,10",
        "mx-host=own.test,mail.own.test,10",
        "host-record=both.test,127.0.0.1",
        "mx-host=both.test,mail.both.test,10",
    ]) else {
        return;
    };
    let located = |name: &'static str, is_domain| {
        let resolver = &resolver;
        async move { submission_server(resolver, name, is_domain).await }
    };
    let Located::Service(service) = located("srv.test", false).await else {
        panic!("the SRV record goes before the address");
    };
    assert_eq!(
        (service.host.as_str(), service.port),
        ("mail.srv.test", 587)
    );
    assert!(service.is_trusted_by("srv.test"));
    let denied = located("denied.test", false).await;
    assert!(matches!(denied, Located::Denied), "{denied:?}");
    let host = located("plain.test", false).await;
    assert!(
        matches!(host, Located::Host),
        "an address is a host: {host:?}"
    );
    for (name, is_domain, provider) in [
        ("plain.test", true, "gmail"),
        ("hosted.test", false, "fastmail"),
    ] {
        match located(name, is_domain).await {
            Located::Provider(preset, _) => assert_eq!(preset.name, provider),
            other => panic!("{name}: {other:?}"),
        }
    }
    for (name, is_domain) in [("own.test", true), ("own.test", false), ("both.test", true)] {
        let own = located(name, is_domain).await;
        assert!(matches!(own, Located::OnlyIncoming(_)), "{own:?}");
    }
    let nobody = located("nobody.test", true).await;
    assert!(matches!(nobody, Located::Host), "{nobody:?}");
}

#[tokio::test]
async fn a_resolver_that_says_nothing_ends_at_its_limit() {
    let (_socket, address) = server::silent();
    let resolver = Resolver::at(address).expect("a resolver");
    let begun = Instant::now();
    let domain = look(&resolver, "example.test", None, &["s1".to_owned()]).await;
    assert!(
        begun.elapsed() < Duration::from_secs(12),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(ids(&domain), ["dns.unanswered"]);
    assert!(matches!(domain.mx.0, Err(Missing::Silent(_))), "{domain:?}");
}

#[tokio::test]
async fn a_resolver_that_babbles_is_not_believed() {
    let resolver = Resolver::at(server::babbler()).expect("a resolver");
    let begun = Instant::now();
    let domain = look(&resolver, "example.test", None, &[]).await;
    assert!(
        begun.elapsed() < Duration::from_secs(12),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(ids(&domain), ["dns.unanswered"]);
    let found = services(&resolver, "example.test").await;
    assert!(found.is_err_and(|missing| !missing.is_certain()));
}

#[tokio::test]
async fn text_from_a_record_acts_on_nothing() {
    let Some((_server, resolver)) = with(&[
        "txt-record=acts.test,\"v=spf1 \u{1b}]0;x\u{7} \u{202e} -all\"",
        "txt-record=_dmarc.acts.test,\"v=DMARC1; p=\u{1b}[2J\"",
    ]) else {
        return;
    };
    let domain = look(&resolver, "acts.test", None, &[]).await;
    assert!(domain.spf.0.is_ok(), "{domain:?}");
    let json = serde_json::to_string(&(&domain, domain.findings())).expect("JSON");
    assert!(!json.contains(turbomail::mail::clean::acts), "{json}");
    assert!(!json.contains("\\u001b"), "{json}");
}
