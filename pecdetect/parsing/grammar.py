"""The grammar of mail: every pattern that header fields, structure and transfer encodings are read with.

Each stands below the production of its RFC. Where it departs from that, the comment says why: mail clients take more
than the RFCs allow, and a message must be read as they read it. Runs are possessive or
bounded, so no text takes more than linear time. Patterns over ``str`` are for values of fields, those over ``bytes``
for lines and bodies.
"""

from __future__ import annotations

import re
from functools import lru_cache

# -- Lines and fields: RFC 5322, 2.1 to 2.2.3 --

# A line ends with CRLF. Files on Unix have LF, old Macs wrote CR, and gateways that translate line ends twice write
# CR CR LF: each counts as one line end.
LINE_END = rb"(?:\r{0,2}\n|\r)"
"""The text of a pattern, not a pattern: others are made of it."""
BLANK_LINE = re.compile(LINE_END)
LINE = re.compile(rb"[^\r\n]*+(" + LINE_END + rb"|\Z)")
LINE_CONTENT = re.compile(rb"[^\r\n]++")

# field = field-name ":" unstructured CRLF; field-name = 1*ftext; ftext = %d33-57 / %d59-126
# Names may hold bytes from 128 on, which mail readers skip over, and blanks may follow them (obs-optional, 4.5.8).
# A folded line goes on with a blank, even one that holds nothing else (obs-FWS).
FIELD = re.compile(
    rb"([!-9;-~\x80-\xff]++[ \t]*+):([^\r\n]*+(?:" + LINE_END + rb"[ \t][^\r\n]*+)*+)(" + LINE_END + rb"|\Z)"
)
"""Name, value and line end."""

# field-name ":", after a line end. For headers without a fault, which are read at memory speed: both patterns begin
# with a literal byte. A name that begins with a dash is left to FIELD, since that line may be a delimiter.
NAME_AFTER_LINE_END = re.compile(rb"\n([!-,.-9;-~][!-9;-~]*+):")
LINE_OUTSIDE_FIELDS = re.compile(rb"\n(?![!-,.-9;-~][!-9;-~]*+:|[ \t]++[^ \t\r\n])")
"""A line that neither begins a field nor goes on with one; a delimiter, which begins with a dash, is one too."""

# The first field of a part, after lines that some readers take for the end of its header. No field that matters has a
# name of more than 76 characters.
FIELD_AFTER_BLANK_LINES = re.compile(rb"(?:[ \t]*+" + LINE_END + rb")*+(?P<name>[!-9;-~]{1,76}+)[ \t]*+:")

# RFC 4155, appendix A: the "From " line before each message of an mbox, also as programs quote it inside a message.
FROM_LINE = re.compile(rb">?From [^\r\n]*+" + LINE_END)
BLANK_LINES = re.compile(rb"(?:[ \t]*+" + LINE_END + rb")*+")

# -- Structure: RFC 2046, 5.1.1 --

# The end of a delimiter's line in a file where some lines end with CR alone.
DELIMITER_END = re.compile(rb"\r\n|[\r\n]")


@lru_cache(maxsize=256)
def delimiter_start(firsts: bytes, line_ends: bytes) -> re.Pattern[bytes]:
    """Where a line may be a delimiter: a line end, two dashes, and the first byte of some boundary that is open.

    ``delimiter := CRLF dash-boundary``, ``dash-boundary := "--" boundary``, with the line ends that the file has.
    Whether the line is one, a look-up of the whole line tells.
    """
    ends, starts = (b"".join([b"\\x%02x" % byte for byte in each]) for each in (line_ends, firsts))
    return re.compile(b"[" + ends + b"]--[" + starts + b"]")


# -- Transfer encodings: RFC 2045, 6.7 and 6.8 --

# qp-segment := qp-section *(SPACE / TAB) "="; in a qp-line, transport-padding CRLF follows it: a soft line break.
SOFT_LINE_BREAK = re.compile(rb"=[ \t]*+(?:\r{0,2}\n|\r)")
# transport-padding := *LWSP-char. It was added on the way and must be deleted (6.7, rule 3).
TRANSPORT_PADDING = re.compile(rb"(?<![ \t])[ \t]++(?=[\r\n]|\Z)")
LINE_ENDS_AFTER_BLANK = (re.compile(rb"\n(?<=[ \t]\n)"), re.compile(rb"\r(?<=[ \t]\r)"))
"""Where a line ends that has trailing blanks: sought by the line ends, which are few."""
# One or two "=" at the end of base64 (6.8). Encoded pieces that were joined have some in the middle.
BASE64_PADDING = re.compile(rb"=++")

# Uuencode (POSIX.1-2017, uuencode): "begin" SP mode SP name, then lines of a length character and groups of four.
# Outlook needs no mode.
UU_BEGIN = re.compile(rb"(?:\A|(?<=[\r\n]))begin [^\r\n]*+", re.IGNORECASE)
UU_FULL_LINES = re.compile(rb"(?:M[ -`]{60}(\r?+\n))(?:M[ -`]{60}\1){0,999}+")
"""Lines of 45 bytes, as all but the last are."""

# -- White space, comments and quoted strings: RFC 5322, 3.2 --

# FWS = ([*WSP CRLF] 1*WSP) / obs-FWS
FWS = re.compile(r"[ \t\r\n]++")
# In fields of MIME, readers also take vertical tab and form feed for blanks, as C's isspace() does.
BLANKS = re.compile(r"[ \t\r\n\x0b\x0c]++")
MAYBE_BLANKS = re.compile(r"[ \t\r\n\x0b\x0c]*+")
LINE_ENDS = re.compile(r"[\r\n]++")
# Unfolding removes the CRLF alone. In a name of a file, a tab after it is the writer's fold and no part of the name.
TAB_FOLD = re.compile(r"[\r\n]++\t")

# quoted-string = [CFWS] DQUOTE *([FWS] qcontent) [FWS] DQUOTE [CFWS]; qcontent = qtext / quoted-pair
# Any character may be inside, since readers look for the closing quote alone.
QUOTED_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
# quoted-pair = ("\" (VCHAR / WSP)) / obs-qp, of any character.
QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)

# comment = "(" *([FWS] ccontent) [FWS] ")"; ccontent = ctext / quoted-pair / comment
# Comments nest, and no pattern counts: FLAT_COMMENTS are those without another inside, COMMENT_MARK is a step through
# the others.
FLAT_COMMENTS = re.compile(r"(?:\((?:[^()\\]++|\\.)*+\))*+", re.DOTALL)
COMMENT_MARK = re.compile(r"[()]|\\.", re.DOTALL)

# -- Addresses: RFC 5322, 3.2.3, 3.4 and 4.4, with RFC 6532 --

# atext = ALPHA / DIGIT / "!" / "#" / ... and, by RFC 6532, any character beyond ASCII; atom = 1*atext
# All but controls, blanks and the specials.
_ATOM = r"[^\x00-\x20()<>@,;:\\\".\[\]\x7f-\x9f\s]++"
# dot-atom-text is 1*atext *("." 1*atext).
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*+"
# A word is an atom or a quoted-string.
_WORD = rf"(?:{_ATOM}|\"(?:[^\"\\]++|\\.)*+\")"
# domain-literal = [CFWS] "[" *([FWS] dtext) [FWS] "]" [CFWS], without
# the quoted-pairs of obs-dtext.
_DOMAIN_LITERAL = r"\[[^\[\]\\\r\n]*+\]"

# addr-spec = local-part "@" domain; local-part = dot-atom / quoted-string / obs-local-part
# obs-local-part = word *("." word), of which the other two are cases. Comments and blanks are gone before.
ADDR_SPEC = re.compile(rf"({_WORD}(?:\.{_WORD})*+)@(?:{_DOT_ATOM}|{_DOMAIN_LITERAL})", re.DOTALL)
LOCAL_PART = re.compile(rf"{_WORD}(?:\.{_WORD})*+", re.DOTALL)
QUOTED_DOT_ATOM = re.compile(rf"\"({_DOT_ATOM})\"")
"""A local part in quotes that needs none: the same address as without."""

# mailbox = name-addr / addr-spec; name-addr = [display-name] angle-addr; mailbox-list = (mailbox *("," mailbox))
# As nearly all mailboxes are: no comment, no quoted-pair, words not in quotes may hold dots (obs-phrase), and a colon
# only in what RFC 6109 has providers write there. What does not match is read token by token.
SIMPLE_MAILBOX = re.compile(
    rf"[ \t]*+(({_DOT_ATOM}@{_DOT_ATOM})"
    rf"|(?:\"([^\"\\]*+)\"|((?:Per conto di|On behalf of): {_DOT_ATOM}@{_DOT_ATOM}|"
    r"[^\x00-\x08\x0a-\x1f()<>@,;:\\\"\[\]\x7f-\x9f]*+))[ \t]*+"
    rf"<({_DOT_ATOM}@{_DOT_ATOM})>)[ \t]*+(?:,|\Z)"
)
"""A mailbox up to the next: its text, an address alone; or name in quotes, words, and address in brackets."""

# The tokens of an address-list: FWS (w), encoded-word (e), domain-literal (l), the specials, and text (t) that is any
# other. Quoted strings and comments are tried apart, since one that does not close must not be tried again.
ADDRESS_TOKEN = re.compile(
    r"(?P<w>[ \t\r\n]++)"
    r"|(?P<e>=\?[^?\s]{1,100}+\?[BbQq]\?[^?]*+\?=)"
    r"|(?P<t>(?:[^ \t\r\n\"(),:;<>@\[\]\\]++|\\.?)++)"
    rf"|(?P<l>{_DOMAIN_LITERAL})"
    r"|<++|>++|,++|;++|:++|@++",
    re.DOTALL,
)
LONE_BRACKETS = re.compile(r"[(]++|[)\[\]]++")
"""Parentheses and square brackets that belong to no comment and no domain literal."""
ADDRESS_DELIMITERS = re.compile(r"[\s\"<>\[\](),;:]++")
"""What may be around an address in free text."""

# RFC 6068: mailtoURI = "mailto:" ... Programs that make mail from web pages leave it in addresses.
MAILTO = re.compile(r"[ \t]*+mailto[ \t]*+:", re.IGNORECASE)
# RFC 6109 has the provider of certified mail write "On behalf of:" and the sender's address for a name, in Italian mail
# "Per conto di:". This colon ends no name of a group.
ON_BEHALF_OF = re.compile(r"[\s\"'\[(<]*+(?:per\s++conto\s++di|on\s++behalf\s++of)\b\s*+:?", re.IGNORECASE)
ON_BEHALF_OF_BEFORE_COLON = re.compile(
    r"\b(?:per[ \t]++conto[ \t]++di|on[ \t]++behalf[ \t]++of)[ \t\"']*+\Z", re.IGNORECASE
)
# group = display-name ":" [group-list] ";": the empty group of RFC 5322, A.1.3, as it is written without its colon.
UNDISCLOSED_RECIPIENTS = re.compile(r"[\s<]*+undisclosed[ _-]?recipients?[\s>]*+", re.IGNORECASE)

# msg-id = [CFWS] "<" id-left "@" id-right ">" [CFWS]
# Without "@" too: identifiers that programs made have none.
MESSAGE_ID = re.compile(r"<[^<>\s]{1,2000}>")

# -- Encoded words: RFC 2047, 2 --

# encoded-word = "=?" charset "?" encoding "?" encoded-text "?="; RFC 2231, 5: charset ["*" language]
# The head alone: encoded-text must hold no blank and no "?", and does in mail, so the "?=" after it is sought. A word
# may have more than 75 characters.
ENCODED_WORD_HEAD = re.compile(r"=\?([^?\s]{1,100}+)\?([BbQq])\?")
"""Charset, with the language, and encoding."""
# RFC 2045, 6.8: what is not in the alphabet is skipped.
NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]+")
BASE64_LETTERS = re.compile(r"[A-Za-z0-9+/]+")

# -- Media types, dispositions and parameters: RFC 2045, 5.1; RFC 2183, 2; RFC 2231, 7 --

# token := 1*<any (US-ASCII) CHAR except SPACE, CTLs, or tspecials>
_NO_TSPECIALS = r"[!#-'*+\-.0-9A-Z\^_`a-z{|}~]++"
TOKEN = re.compile(_NO_TSPECIALS)

# content := "Content-Type" ":" type "/" subtype *(";" parameter)
# The usual form, without comments: what does not match is read piece by piece.
SIMPLE_MEDIA_TYPE = re.compile(rf"[ \t\r\n]*+({_NO_TSPECIALS})/({_NO_TSPECIALS})[ \t\r\n]*+(?:;|\Z)")
# The form that all readers take alike: no comment, escape, extension, or blank in an odd place.
PLAIN_MEDIA_TYPE = re.compile(
    r"[ \t]*+(?:\r?\n[ \t]++)?([A-Za-z0-9.+-]++)/([A-Za-z0-9.+-]++)((?:[ \t]*+;[ \t]*+(?:\r?\n)?[ \t]*+[A-Za-z-]++="
    r"(?:\"[A-Za-z0-9'()+_,./:=?@& \[\]-]*+\"|[A-Za-z0-9'+_.@/-]++))*+);?[ \t]*+\r?"
)
"""Type, subtype, and all parameters."""
PLAIN_PARAMETER = re.compile(r"([A-Za-z-]++)=(?:\"([^\"]*+)\"|([^; \t\r\n]++))")
"""One of them: name, and value with or without quotes."""
# disposition := "Content-Disposition" ":" disposition-type *(";" disposition-parm); disposition-type is a token
SIMPLE_DISPOSITION = re.compile(rf"[ \t\r\n]*+({_NO_TSPECIALS})[ \t\r\n]*+(?:;|\Z)")
# parameter := attribute "=" value; value := token / quoted-string
# A value without quotes may also hold "/", ":", "=" and "@", which writers often leave unquoted. One in quotes
# that has a quoted-pair or a fold is not of this form.
SIMPLE_PARAMETER = re.compile(
    rf"[ \t\r\n]*+({_NO_TSPECIALS})="
    r"(?:\"([^\"\\\r\n]*+)\"|([!#-'*+\-./:=@0-9A-Z\^_`a-z{|}~]++))[ \t\r\n]*+(?:;|\Z)"
)

# The same piece by piece, where the field is not of the usual form: attribute := token, but any run up to what may end
# one is taken, and judged afterwards.
ATTRIBUTE = re.compile(r"[^=;\"( \t\r\n\x0b\x0c]*+")
SEMICOLONS = re.compile(r"[; \t\r\n\x0b\x0c]*+")
LONE_PARENTHESES = re.compile(r"[() \t\r\n\x0b\x0c]*+")
TO_SEMICOLON = re.compile(r"[^;]*+")
TO_SEMICOLON_OR_LINE_END = re.compile(r"[^;\r\n]*+")
TO_SEMICOLON_OR_COMMENT = re.compile(r"[^;(]*+")
ATTRIBUTE_AFTER_BLANK = re.compile(
    rf"(?<=[^ \t\r\n\x0b\x0c])([ \t\r\n\x0b\x0c]++)({_NO_TSPECIALS})[ \t\r\n\x0b\x0c]*+="
)
"""A parameter whose semicolon was forgotten, perhaps: the blanks before it, and its name."""
WINDOWS_PATH = re.compile(r"[A-Za-z]:\\|\\\\")
"""A name of a file in which a backslash is a backslash, and makes no quoted-pair."""

# regular-parameter-name := attribute [section]; extended ones have "*" behind (or in the place of "*0*")
# section := initial-section / other-sections; initial-section := "*0"; other-sections := "*" ("1" / ... / "9") *DIGIT
# What follows the first "*" of a name. Leading zeros are against the grammar, are met, and are flagged.
PARAMETER_SECTION = re.compile(r"(?:([0-9]{1,9})(\*)?)?\Z")
"""Number of the section, and the star of an encoded one."""
# extended-initial-value := [charset] "'" [language] "'" extended-other-values
EXTENDED_VALUE_HEAD = re.compile(r"([A-Za-z0-9_.:+()\-]{0,100}+)'[A-Za-z0-9\-]*+'")
# ext-octet := "%" 2(DIGIT / "A" / ... / "F"); lower case is in use.
PERCENT_ENCODED = re.compile(rb"%([0-9A-Fa-f]{2})")

# -- Dates: RFC 5322, 3.3 and 4.3 --

# day-of-week = ([FWS] day-name) / obs-day-of-week, of any language, and with a dot or without the comma.
_DAY_OF_WEEK = r"(?:[^0-9\s,.:()]++\.?[,\s]\s*+,?\s*+)?"
# time-of-day = hour ":" minute [":" second]; dots and fractions of a second are in use.
_TIME_OF_DAY = r"([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:[.,][0-9]++)?)?(?![0-9:])\s*+"
# zone = (FWS ("+" / "-") 4DIGIT) / obs-zone; also both at once (GMT+0200), a colon, or hours alone.
_ZONE = r"([A-Za-z]++)?\s*+(?:([+-])\s?([0-9]{1,2}):?([0-9]{2})?(?![0-9]))?"

# date-time = [day-of-week ","] date time [CFWS]; date = day month year
# As nearly all are, with seconds and a numeric zone: nothing is left to check but the calendar.
STRICT_DATE_TIME = re.compile(
    r"(?:[A-Za-z]{3}, )?([0-9]{1,2}) ([A-Za-z]{3}) ([0-9]{4}) "
    r"((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]) ([+-](?:[01][0-9]|2[0-3]))([0-5][0-9])(?![0-9])"
)
# The same as mail has it: months written out, hyphens, years of two digits (obs-year). What follows the zone, mostly
# its name as a comment, is of no concern.
DATE_TIME = re.compile(
    rf"\s*+{_DAY_OF_WEEK}([0-9]{{1,2}})(?:\s++|-)([A-Za-z]{{3}})[a-z]*+\.?(?:\s++|-)([0-9]{{2,4}})(?![0-9]),?\s++"
    rf"{_TIME_OF_DAY}{_ZONE}"
)
# In no RFC: the month first, as ctime() and date(1) write it (Mon Mar  2 10:11:12 CET 2026), or as Americans do
# (Monday, March 2, 2026 10:11 AM).
MONTH_FIRST_DATE_TIME = re.compile(
    rf"\s*+{_DAY_OF_WEEK}([A-Za-z]{{3}})[a-z]*+\.?\s++([0-9]{{1,2}})(?![0-9]),?\s++(?:([0-9]{{4}}),?\s++)?"
    rf"{_TIME_OF_DAY}(?:([A-Za-z]{{1,5}}+)\s++)?([0-9]{{4}}(?![0-9]))?\s*+{_ZONE}"
)
