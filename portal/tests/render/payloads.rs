//! Hostile HTML of our own, so that a clone without the corpus is tested too: name and payload.

/// `leak.invalid` must never be asked for.
pub(crate) const PAYLOADS: &[(&str, &str)] = &[
    ("script", "<script>alert(1)</script>"),
    (
        "handler",
        "<img src=x onerror=alert(1)><p onclick='x'>a</p><details open ontoggle=alert(1)>x</details>",
    ),
    (
        "script address",
        "<a href='javascript:alert(1)'>a</a><a href='java&#10;script:x'>b</a><a href=' vbscript:x'>c</a>",
    ),
    ("data address", "<a href='data:text/html,<script>x</script>'>a</a>"),
    ("remote image", "<img src=https://leak.invalid/><img src=//leak.invalid/><img src='\\\\leak.invalid/'>"),
    (
        "source set",
        "<img srcset='https://leak.invalid/ 2x'><picture><source srcset=https://leak.invalid/></picture>",
    ),
    (
        "svg image",
        "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\"><img src='data:image/svg+xml;base64,PHN2Zz4='>",
    ),
    (
        "media",
        "<video src=https://leak.invalid/ poster=https://leak.invalid/></video><audio src=https://leak.invalid/>",
    ),
    (
        "frames",
        "<iframe src=https://leak.invalid/></iframe><object data=https://leak.invalid/></object><embed src=x>",
    ),
    ("frame set", "<frameset><frame src=https://leak.invalid/></frameset>"),
    (
        "head",
        "<link rel=stylesheet href=https://leak.invalid/><meta http-equiv=refresh content='0;url=https://leak.invalid/'><base href=https://leak.invalid/>",
    ),
    (
        "style sheet",
        "<style>@import 'https://leak.invalid/';p{background:url(https://leak.invalid/)}</style>",
    ),
    (
        "style sheet breaks out",
        "<style>p{font-family:'</sty\\6ce><img src=https://leak.invalid/>'}.\\3c/style\\3e,p{color:red}/*</style>*/<img src=x onerror=alert(1)>",
    ),
    (
        "style sheet over all",
        "<style>*,html,body,:root,.part,.part-1{position:fixed;top:0;z-index:9}html{display:none}body~*,.part+.part{color:red}p{color:red}}html{color:red}</style><p>a",
    ),
    (
        "style sheet of foreign kinds",
        "<svg><style>*{color:red}</style></svg><style>@font-face{src:url(https://leak.invalid/)}@media print{@import 'https://leak.invalid/';p{color:red}}@supports(x:y){*{background:url(https://leak.invalid/)}}</style>",
    ),
    (
        "style sheet that asks",
        "<style>[href^='https://a']{background:url(https://leak.invalid/)}a:hover{color:red}a::after{content:url(https://leak.invalid/)}p:has(a){--x:url(https://leak.invalid/);color:var(--x)}</style><a href=https://a.example/>a",
    ),
    (
        "names of the frame",
        "<div class='part part-1 text' id=part><p class='quote m-x' id='m-x'>a</p></div><body class=part id=part-1>",
    ),
    (
        "style address",
        "<p style='background:url(https://leak.invalid/)'>a</p><p style='background:u\\72l(https://leak.invalid/)'>b</p>",
    ),
    (
        "style function",
        "<p style='width:expression(alert(1));height:calc(1px);color:var(--x);--x:url(https://leak.invalid/)'>a</p>",
    ),
    ("overlay", "<div style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9'>sign in</div>"),
    ("moved away", "<div style='margin:-999px 0 0 -999px;text-indent:-99em;transform:none'>a</div>"),
    ("style breaks out", "<div style='color:red}</style><img src=https://leak.invalid/>'>a</div>"),
    (
        "form",
        "<form action=https://leak.invalid/><input name=a><button formaction=https://leak.invalid/>b</button></form>",
    ),
    ("clobber", "<a id=location name=cookie>a</a><img name=getElementById><form id=portal></form>"),
    (
        "svg",
        "<svg><animate onbegin=alert(1)><image href=https://leak.invalid/><style><img src=x onerror=alert(1)>",
    ),
    (
        "math",
        "<math href=https://leak.invalid/><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    ),
    ("mutation", "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>"),
    ("mutation in noscript", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>"),
    ("mutation in textarea", "<textarea><p title='</textarea><img src=x onerror=alert(1)>'>"),
    (
        "raw text",
        "<xmp><img src=x onerror=alert(1)></xmp><noembed><img src=https://leak.invalid/></noembed><plaintext><script>",
    ),
    (
        "conditional comment",
        "<!--[if mso]><v:image src='https://leak.invalid/'/><![endif]--><![if !mso]>a<![endif]>",
    ),
    ("template", "<template><img src=https://leak.invalid/></template>"),
    (
        "background",
        "<body background=https://leak.invalid/><table background=https://leak.invalid/><tr><td>a</table>",
    ),
    (
        "links elsewhere",
        "<a href='//leak.invalid/'>a</a><a href='/logout'>b</a><a href='#x'>c</a><a href='cid:a@b'>d</a>",
    ),
    (
        "link attributes",
        "<a href='https://example.org/' ping=https://leak.invalid/ target=_top rel=opener download>a</a>",
    ),
    ("map", "<img usemap=#m><map name=m><area href=https://leak.invalid/></map>"),
    ("direction", "<p>invoice&#x202e;fdp.exe</p><bdo dir=rtl>a</bdo>"),
    ("null bytes", "<scr\0ipt>alert(1)</scr\0ipt><a href='java\0script:x'>a</a>"),
    (
        "marked up wrongly",
        "<table><img src=https://leak.invalid/><tr><b><i></b></i><td></table></p></div></body></html><script>x",
    ),
];
