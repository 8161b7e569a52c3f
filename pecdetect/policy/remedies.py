"""What a person can do about a reason: the steps, what is lost on the way, and what the remedy is not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """A measure to take, or one that is often tried and does not help."""

    ident: str
    """Stable name that reasons carry."""
    title: str
    steps: str
    """What to do, in order."""
    loses: str
    """What is gone afterwards."""
    is_not: str
    """What people mistake it for, or what it does not achieve."""
    references: tuple[str, ...] = ()
    """Idents of sources; empty: no document describes it, it follows from how mail works."""
    helps: bool = True
    """False for a measure that is often tried and does not help."""


_ALL = (
    Remedy(
        ident="forward",
        title="Forward it inline from an ordinary mailbox",
        steps="Archive the original file first. Open the message in an ordinary mailbox, not a PEC mailbox. Choose "
        "Forward (inline), switch signing and encryption off for the new message, and send it to the mailbox that "
        "Dynamics 365 synchronises. With a PEC, open postacert.eml and forward that: then the sender's own text and "
        "attachments arrive, and not only the provider's notice.",
        loses="The signature and the original sender. Keep the original file: only it contains the signature, for a "
        "PEC that of the provider. The forwarder becomes the sender, so the record no longer matches the original "
        "contact.",
        is_not="Not a server-side redirect or resend: these keep the signed structure. Not a forward from a PEC "
        "address: it makes a new PEC. Not a forward from a client that signs by default: it makes a new signed "
        "message. Not a forward as attachment: it brings the original only as an .eml file.",
        references=("KB4490718",),
    ),
    Remedy(
        ident="write-to-ordinary-address",
        title="Ask the sender to write to an ordinary address",
        steps="Explain to the sender that an ordinary message to a PEC address arrives in an anomaly envelope. Give "
        "them an ordinary address of a mailbox that Dynamics 365 synchronises.",
        loses="Nothing: the content of an anomaly envelope is not certified in the first place.",
        is_not="Not a way to get certified mail into Dynamics 365.",
        references=("rfc6109",),
    ),
    Remedy(
        ident="unwrap-at-gateway",
        title="Unwrap signed mail before delivery",
        steps="Configure a mail gateway to deliver the content of the signed envelope (for a PEC: postacert.eml) as a "
        "message of its own to the synchronised mailbox, and to keep the envelope as received in an archive.",
        loses="The signature, in the delivered copy; the archive keeps it.",
        is_not="Not a Microsoft feature, and Microsoft does not document it. Not an Exchange mail-flow rule: these "
        "have no action for it.",
    ),
    Remedy(
        ident="decrypt-original",
        title="Decrypt the original, then send its content on",
        steps="Save postacert.eml and open it in a client that holds the recipient's private key (or the right to "
        "open it). Then write a new unprotected message with its text and attachments to the synchronised mailbox.",
        loses="The sender's encryption: everyone who may read the record can read the copy in Dynamics 365.",
        is_not="Not a forward of the envelope or of postacert.eml as it is: that only carries the ciphertext along.",
    ),
    Remedy(
        ident="ask-unprotected",
        title="Ask the sender for an unprotected copy",
        steps="Ask the sender to send the message again without encryption, or to use another protected way if the "
        "content need not be in Dynamics 365.",
        loses="The sender's protection of the content.",
        is_not="Not a repair of the message at hand.",
    ),
    Remedy(
        ident="decrypt-then-track",
        title="Decrypt it in Outlook, then track it",
        steps="Open the message in classic Outlook on a machine that holds the private key, so that Outlook decrypts "
        "it. Track it there with Dynamics 365 App for Outlook.",
        loses="The encryption: the copy in Dynamics 365 is not encrypted.",
        is_not="Not possible in every client: some do not offer the add-in on protected items. Not automatic.",
        references=("ms-smime-tracking", "read-add-ins"),
    ),
    Remedy(
        ident="track-and-open-p7m",
        title="Track it with App for Outlook and open the .p7m with an S/MIME reader",
        steps="Track the message by hand with Dynamics 365 App for Outlook (Outlook 2016 Click-to-Run build "
        "16.0.8730.1000 or later). On the record save smime.p7m and open it with an S/MIME-capable mail program.",
        loses="Attachments as such: they stay inside smime.p7m.",
        is_not="Not automatic synchronisation. Not a way to search the content of smime.p7m in Dynamics 365.",
        references=("ms-smime-tracking",),
    ),
    Remedy(
        ident="remove-rights-protection",
        title="Remove rights protection in a mail-flow rule",
        steps="In Exchange add a mail-flow rule with the condition that the recipient is inside the organisation and "
        "the action that removes Office 365 Message Encryption and rights protection (RemoveOMEv2).",
        loses="The protection, for every message that the rule matches.",
        is_not="Not for S/MIME. Not for protection that your organisation cannot open: the rule covers what the "
        "organisation applied itself and encrypt-only mail.",
        references=("mail-flow-rules", "ome-rules"),
    ),
    Remedy(
        ident="remove-legacy-encryption",
        title="Remove old Office 365 Message Encryption in a mail-flow rule",
        steps="In Exchange add a mail-flow rule with the action RemoveOME.",
        loses="The encryption, for every message that the rule matches.",
        is_not="Not for messages from outside: it works on messages sent within the organisation only.",
        references=("mail-flow-rules",),
    ),
    Remedy(
        ident="transport-decryption",
        title="Transport decryption",
        steps="Set-IRMConfiguration -TransportDecryptionSetting Optional or Mandatory.",
        loses="Nothing.",
        is_not="Not a remedy: Exchange protects the message again before it leaves transport, so the mailbox holds it "
        "as it came.",
        references=("transport-decryption",),
        helps=False,
    ),
    Remedy(
        ident="decrypt-on-download",
        title="Decrypt attachments of encrypt-only mail",
        steps="Set-IRMConfiguration -DecryptAttachmentForEncryptOnly $true.",
        loses="The protection of an attachment once a recipient has opened or saved it.",
        is_not="Not a remedy for synchronisation: the message in the mailbox stays protected.",
        references=("ome-rules",),
        helps=False,
    ),
    Remedy(
        ident="smime-mail-flow-rule",
        title="A mail-flow rule on S/MIME",
        steps="Exchange mail-flow rules can match signed and encrypted messages by their type.",
        loses="Nothing.",
        is_not="Not a remedy: no built-in action removes S/MIME. Of encrypted mail a rule sees only the envelope and "
        "the header.",
        references=("mail-flow-rules",),
        helps=False,
    ),
    Remedy(
        ident="allow-irm-sync",
        title="Allow rights-managed mail to synchronise",
        steps="In the Power Platform admin center, under environment settings, Email, turn on the option to "
        "synchronise information rights management-enabled emails (RestrictIRMEmailItems false). Then say so in the "
        "profile (irm_sync = true).",
        loses="Nothing in the message.",
        is_not="Not a promise of a readable body: it lets the item in, and the text in it may be the notice only.",
        references=("orgdborgsettings", "settings-email"),
    ),
    Remedy(
        ident="enable-sensitivity-labels",
        title="Turn on sensitivity labels for e-mail",
        steps="Turn the feature on for the environment. It needs Exchange Online in the same tenant with "
        "server-to-server authentication, and a mailbox user who has rights under the label.",
        loses="Nothing.",
        is_not="Not decryption: no document says whether the protected body is then readable in Dynamics 365.",
        references=("sensitivity-labels",),
    ),
    Remedy(
        ident="raise-attachment-limit",
        title="Raise the maximum file size for attachments",
        steps="In the Power Platform admin center, under environment settings, Email, raise the maximum file size for "
        "attachments (131,072 KB is the most). Then say so in the profile (max_attachment_kb).",
        loses="Nothing in the message. It costs storage and time in Dynamics 365: one page advises against more than "
        "32,768 KB.",
        is_not="Not a way past the limit on the whole message.",
        references=("settings-email", "system-settings-email"),
    ),
    Remedy(
        ident="share-a-link",
        title="Send the file another way",
        steps="Ask the sender to put the file in a shared place and send a link, or to split the message.",
        loses="The file as part of the record.",
        is_not="Not a repair of the message at hand.",
    ),
    Remedy(
        ident="edit-blocked-extensions",
        title="Change the blocked file extensions",
        steps="Decide with those who are responsible for security. Then remove the extension from the list of blocked "
        "file extensions in the environment settings, or ask the sender to send the file inside a zip archive.",
        loses="The protection that the list gives, for every record and not only for e-mail.",
        is_not="Not retroactive: a skipped attachment does not come by itself.",
        references=("system-settings-general", "files-images-overview"),
    ),
    Remedy(
        ident="change-safe-attachments",
        title="Use another Safe Attachments action than Dynamic Delivery",
        steps="In Microsoft Defender for Office 365 change the Safe Attachments policy of the synchronised mailboxes "
        "from Dynamic Delivery to another action, for instance Block.",
        loses="Time: mail with attachments is delivered after the scan.",
        is_not="Not a repair of messages that were already tracked: save their attachments from the mailbox.",
        references=("KB4522769",),
    ),
    Remedy(
        ident="correct-addresses",
        title="Correct the addresses at the source",
        steps="Have the sending system put a full address (name@domain) into From, To and Cc, and send the message "
        "again. Forward mail that was already received: the forward writes these fields anew.",
        loses="With a forward, the original sender: the forwarder becomes the sender.",
        is_not="Not a setting in Dynamics 365.",
        references=("KB4053783", "KB4471762"),
    ),
    Remedy(
        ident="forward-as-attachment",
        title="Forward as attachment to the Forward Mailbox",
        steps="Set the rule that feeds the Forward Mailbox to forward messages as an attachment, not inline.",
        loses="Nothing.",
        is_not="Not for other mailboxes, where a forward as attachment hides the original in an .eml file.",
        references=("KB4053783",),
    ),
    Remedy(
        ident="track-all-messages",
        title="Track all e-mail messages of the mailbox",
        steps="Choose to track all e-mail messages, in the personal options of the user or on the queue. Then say so "
        "in the profile (tracks_all = true).",
        loses="The filter: Dynamics 365 records everything that arrives.",
        is_not="Not retroactive: Dynamics 365 does not look again at messages that it has passed over.",
        references=("emails-not-tracked", "KB4339830"),
    ),
    Remedy(
        ident="add-alias",
        title="Add the address to the user or queue",
        steps="Put the alias or the list's address that the message was sent to on the record of the user or queue.",
        loses="Nothing.",
        is_not="Not possible for a blind copy, whose address is not in the message.",
        references=("KB4339830",),
    ),
    Remedy(
        ident="track-appointment",
        title="Track the appointment",
        steps="Accept the meeting in Outlook, open the appointment in the calendar and track it.",
        loses="The text of the request as an e-mail record.",
        is_not="Not a way to record the request or the answers to it.",
        references=("app-appointments",),
    ),
    Remedy(
        ident="send-as-ordinary-mail",
        title="Send the content as an ordinary message",
        steps="Open the item and forward it, or copy its content into a new message, to the synchronised mailbox.",
        loses="What made it this kind of item: voting, delivery status, task, form.",
        is_not="Not a conversion that Dynamics 365 does.",
    ),
    Remedy(
        ident="open-at-portal",
        title="Open the message at its portal and send the content on",
        steps="First check that the page the wrapper leads to belongs to the product. Open the wrapper as the "
        "sender's system asks, then write a new message with the content to the synchronised mailbox.",
        loses="The sender's protection of the content.",
        is_not="Not a forward of the wrapper, which does not carry the content. Phishing often imitates wrappers.",
    ),
    Remedy(
        ident="decrypt-pgp",
        title="Decrypt it with OpenPGP and send the content on",
        steps="Open the message in a client that holds the recipient's OpenPGP key and send the content in a new "
        "message to the synchronised mailbox.",
        loses="The encryption: everyone who may read the record can read the copy in Dynamics 365.",
        is_not="Not something that Outlook or Exchange does by itself.",
        references=("rfc3156",),
    ),
    Remedy(
        ident="remove-characters",
        title="Send it again without the characters",
        steps="Remove the characters from subject, names or text and forward the message. Have the sending system "
        "repaired.",
        loses="With a forward, the original sender.",
        is_not="Not visible on screen: control characters rarely are.",
        references=("invalid-characters",),
    ),
    Remedy(
        ident="shorten-subject",
        title="Shorten the subject",
        steps="Forward the message with a shorter subject.",
        loses="The full subject and, with a forward, the original sender.",
        is_not="Not a setting: the length belongs to the table.",
        references=("email-table",),
    ),
    Remedy(
        ident="get-original-file",
        title="Get the message as it was received",
        steps="Save it again from the mailbox as a complete .eml, or have the sender's or recipient's administrator "
        "export it. Then check that file.",
        loses="Nothing.",
        is_not="Not a copy made by a forward, which is another message.",
    ),
    Remedy(
        ident="scan-container",
        title="Check the messages in it one by one",
        steps="Split the mailbox file, or unpack the archive, into a folder of single messages. Check that folder.",
        loses="Nothing.",
        is_not="Not a single verdict: each message gets its own.",
    ),
    Remedy(
        ident="raise-limits",
        title="Read it with higher limits",
        steps="Raise the limit that the reason names (Limits) and run again on a machine with enough memory and time.",
        loses="Protection against files made to exhaust memory or time.",
        is_not="Not advisable for mail from strangers without need.",
    ),
    Remedy(
        ident="ask-resend",
        title="Look at it in Outlook, or ask the sender to send it again",
        steps="Open the message in Outlook and compare it with both readings. If it matters, ask the sender to send "
        "the message again from another program.",
        loses="Nothing.",
        is_not="Not a reason to trust the message: legitimate mail rarely has such a structure.",
    ),
    Remedy(
        ident="report-defect",
        title="Report the defect",
        steps="Report it to the project with the version and the text of the reason. Leave the message out if it is "
        "confidential.",
        loses="Nothing.",
        is_not="Not a fault of the message: a person can still judge it without the failed step.",
    ),
)

REMEDIES: dict[str, Remedy] = {remedy.ident: remedy for remedy in _ALL}
"""Every remedy by its ident."""
