//! Redeems the code for an ID token, checks the token, and asks the provider for the address where the token has none.
//!
//! Checked are: signature by a key of the provider (for this issuer, where the key says for whom it is) and one of the
//! algorithms below, issuer, audience, authorised party, time, nonce. Signatures with a shared secret (`HS256`) and none at all are refused whatever the provider announces, so that
//! nobody can pass a public key off as a shared one.

use chrono::{DateTime, Utc};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    EmptyAdditionalClaims, EmptyExtraTokenFields, EndpointNotSet, EndpointSet, IdTokenFields,
    IdTokenVerifier, JsonWebKey as _, Nonce, OAuth2TokenResponse as _, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _, UserInfoClaims, UserInfoError,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};

use super::{
    Provider, SignInFault,
    claims::{ProofClaims, Said, proved_mailbox},
    directory::{ANY_TENANT, Directory, expected_issuer, tenant_issuer},
    http::{Http, HttpError},
};
use crate::{
    config::{self, ProviderKind, is_tenant_id},
    surroundings::Clock,
};

/// Seconds that a provider's clock may be ahead of ours.
const AHEAD: i64 = 300;

const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Tokens = StandardTokenResponse<
    IdTokenFields<
        ProofClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type IdToken = openidconnect::IdToken<
    ProofClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type IdTokenClaims = openidconnect::IdTokenClaims<ProofClaims, CoreGenderClaim>;

/// The library's client, of which the address to send readers to and the one to redeem codes at are known.
pub(super) type ProofClient = Client<
    ProofClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

/// The library's client for this provider.
pub(super) fn client(
    provider: &config::Provider,
    secret: &ClientSecret,
    redirect: &RedirectUrl,
    directory: &Directory,
) -> ProofClient {
    let auth_type = if directory.secret_in_form { AuthType::RequestBody } else { AuthType::BasicAuth };
    Client::new(
        ClientId::new(provider.client_id.clone()),
        directory.issuer.clone(),
        directory.keys.set.clone(),
    )
    .set_client_secret(secret.clone())
    .set_auth_type(auth_type)
    .set_auth_uri(directory.authorization.clone())
    .set_token_uri(directory.token.clone())
    .set_redirect_uri(redirect.clone())
}

/// What comes back with the reader, and what it is checked with.
pub(super) struct Redeem {
    pub(super) code: AuthorizationCode,
    pub(super) verifier: PkceCodeVerifier,
    pub(super) nonce: Nonce,
}

/// Redeems the code; gives the mailbox that the provider says is the reader's. Whatever tokens come are dropped here.
pub(super) async fn redeem(
    provider: &Provider,
    http: &Http,
    directory: &Directory,
    clock: &dyn Clock,
    redeem: Redeem,
) -> Result<String, SignInFault> {
    let client = provider.client(directory);
    let request = client.exchange_code(redeem.code).set_pkce_verifier(redeem.verifier);
    let tokens: Tokens = request.request_async(http).await.map_err(exchange_fault)?;
    let token = tokens.id_token().ok_or(SignInFault::Token("there is no ID token"))?;
    let claims = match verify(&provider.settings, directory, clock, token, &redeem.nonce) {
        Err(Fault::UnknownKey) => {
            let anew = provider.directory_anew(http, clock).await?;
            verify(&provider.settings, &anew, clock, token, &redeem.nonce)
        }
        verified => verified,
    };
    let claims = claims.map_err(SignInFault::from)?;
    let said = Said {
        email: claims.email().map(|email| email.as_str()),
        email_verified: claims.email_verified(),
        more: claims.additional_claims().clone(),
    };
    let is_silent = said.email.is_none() || said.email_verified.is_none();
    match &directory.userinfo {
        // The standard puts the address there, with a code; Microsoft and Google put it into the token.
        Some(address) if is_silent && provider.settings.kind == ProviderKind::Generic => {
            let client = client.set_user_info_url(address.clone());
            let request = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()));
            let info: UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim> =
                request.request_async(http).await.map_err(userinfo_fault)?;
            let said = Said {
                email: info.email().map(|email| email.as_str()),
                email_verified: info.email_verified(),
                more: ProofClaims::default(),
            };
            proved_mailbox(&provider.settings, &said)
        }
        _ => proved_mailbox(&provider.settings, &said),
    }
}

/// Why an ID token does not hold.
enum Fault {
    /// None of the known keys has signed it; there may be new ones.
    UnknownKey,
    /// Anything else.
    Other(&'static str),
}

impl From<Fault> for SignInFault {
    fn from(fault: Fault) -> Self {
        Self::Token(match fault {
            Fault::UnknownKey => "no key of the provider's has signed the ID token",
            Fault::Other(what) => what,
        })
    }
}

fn verify<'t>(
    provider: &config::Provider,
    directory: &Directory,
    clock: &dyn Clock,
    token: &'t IdToken,
    nonce: &Nonce,
) -> Result<&'t IdTokenClaims, Fault> {
    let client_id = ClientId::new(provider.client_id.clone());
    let now = i64::try_from(clock.now()).unwrap_or(i64::MAX);
    let moment = DateTime::<Utc>::from_timestamp(now, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let is_past = move |issued: DateTime<Utc>| {
        if issued.timestamp() <= now.saturating_add(AHEAD) { Ok(()) } else { Err(String::new()) }
    };
    // The public client's verifier knows no secret, so no signature with one can hold.
    let verifier = IdTokenVerifier::new_public_client(
        client_id.clone(),
        directory.issuer.clone(),
        directory.keys.set.clone(),
    )
    .set_allowed_algs(ALGORITHMS)
    .set_time_fn(move || moment)
    .set_issue_time_verifier_fn(is_past)
    // Done below, for all providers: Microsoft's differs from tenant to tenant.
    .require_issuer_match(false);
    let claims = token.claims(&verifier, nonce).map_err(|error| token_fault(&error))?;
    let issuer = claims.issuer().as_str();
    if !is_issuer(provider, issuer, claims.additional_claims().tid.as_deref()) {
        return Err(Fault::Other("the ID token is another issuer's"));
    }
    let key = token.signing_key(&verifier).map_err(|_unlikely| Fault::UnknownKey)?;
    let template = (provider.kind == ProviderKind::Microsoft)
        .then(|| tenant_issuer(provider.issuer.as_str(), ANY_TENANT));
    let key_id = key.key_id().map(|id| id.as_str());
    if !directory.keys.may_sign(key_id, issuer, template.as_deref()) {
        return Err(Fault::Other("the ID token is signed with a key for another issuer"));
    }
    if claims.additional_claims().nbf.is_some_and(|since| since > now.saturating_add(AHEAD)) {
        return Err(Fault::Other("the ID token is not of this time"));
    }
    if claims.authorized_party().is_some_and(|party| *party != client_id) {
        return Err(Fault::Other("the ID token was issued to another party"));
    }
    Ok(claims)
}

/// Whether a token has the issuer that it must have: the provider's, letter by letter. Each of Microsoft's tenants has its
/// own, made of the tenant that the same token names.
pub(super) fn is_issuer(provider: &config::Provider, issuer: &str, tenant: Option<&str>) -> bool {
    match (provider.kind, provider.tenant.id()) {
        (ProviderKind::Microsoft, None) => {
            tenant.is_some_and(|id| is_tenant_id(id) && issuer == tenant_issuer(provider.issuer.as_str(), id))
        }
        _ => issuer == expected_issuer(provider),
    }
}

/// Whether an answer to a code holds an ID token that holds.
#[cfg(fuzzing)]
pub(super) fn holds(
    provider: &config::Provider,
    directory: &Directory,
    clock: &dyn Clock,
    answer: &[u8],
    nonce: &Nonce,
) -> bool {
    let Ok(tokens) = serde_json::from_slice::<Tokens>(answer) else { return false };
    tokens.id_token().is_some_and(|token| verify(provider, directory, clock, token, nonce).is_ok())
}

fn token_fault(error: &ClaimsVerificationError) -> Fault {
    Fault::Other(match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            return Fault::UnknownKey;
        }
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::DisallowedAlg(_) | SignatureVerificationError::NoSignature,
        ) => "the ID token is not signed in a way that counts",
        ClaimsVerificationError::SignatureVerification(_) => "the ID token's signature is wrong",
        ClaimsVerificationError::Expired(_) => "the ID token is not of this time",
        ClaimsVerificationError::InvalidAudience(_) => "the ID token is for another audience",
        ClaimsVerificationError::InvalidIssuer(_) => "the ID token is another issuer's",
        ClaimsVerificationError::InvalidNonce(_) => "the ID token has another nonce",
        _ => "the ID token can't be used",
    })
}

fn exchange_fault(
    error: RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>,
) -> SignInFault {
    match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            CoreErrorResponseType::InvalidGrant => SignInFault::Code,
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                SignInFault::Client
            }
            _ => SignInFault::Declined("of the token endpoint"),
        },
        RequestTokenError::Request(error) => error.into(),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            SignInFault::Token("the token answer can't be read")
        }
    }
}

fn userinfo_fault(error: UserInfoError<HttpError>) -> SignInFault {
    match error {
        UserInfoError::Request(error) => error.into(),
        UserInfoError::ClaimsVerification(_) => SignInFault::Token("the userinfo is another reader's"),
        _ => SignInFault::Token("the userinfo can't be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: &str = "4f9b5a2e-0000-4000-8000-1234567890ab";
    const OTHER: &str = "00000000-0000-4000-8000-1234567890ab";

    #[test]
    fn issuers_are_compared_letter_by_letter() {
        let provider = |lines: &str| -> config::Provider {
            toml::from_str(&format!("name = 'x'\nclient_id = 'c'\nclient_secret_file = 's'\n{lines}"))
                .unwrap()
        };
        let many = provider("kind = 'microsoft'");
        let one = provider("kind = 'microsoft'\ntenant = '4f9b5a2e-0000-4000-8000-1234567890ab'");
        let google = provider("kind = 'google'");
        let of = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}/v2.0");
        for (provider, issuer, tenant, expected) in [
            (&many, of(WORK), Some(WORK), true),
            (&many, of(OTHER), Some(OTHER), true),
            (&many, of(WORK), Some(OTHER), false),
            (&many, of(WORK), None, false),
            (&many, of("{tenantid}"), Some("{tenantid}"), false),
            (&many, of("x/../y"), Some("x/../y"), false),
            (&many, format!("https://login.evil.example/{WORK}/v2.0"), Some(WORK), false),
            (&many, format!("{}/", of(WORK)), Some(WORK), false),
            (&one, of(WORK), Some(WORK), true),
            (&one, of(OTHER), Some(OTHER), false),
            (&google, "https://accounts.google.com".to_owned(), None, true),
            (&google, "https://accounts.google.com/".to_owned(), None, false),
            (&google, "http://accounts.google.com".to_owned(), None, false),
        ] {
            assert_eq!(is_issuer(provider, &issuer, tenant), expected, "{issuer} {tenant:?}");
        }
    }
}
