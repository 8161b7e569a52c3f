"""The documents that the rules rest on. The catalogue restates facts from them and never quotes them."""

from __future__ import annotations

from dataclasses import dataclass

_MICROSOFT = "Microsoft"
_LEARN = "https://learn.microsoft.com/"
_SYNC = f"{_LEARN}troubleshoot/power-platform/dataverse/email-exchange-synchronization/"
_ADMIN = f"{_LEARN}power-platform/admin/"
_EXCHANGE = f"{_LEARN}openspecs/exchange_server_protocols/"
_RFC = "https://www.rfc-editor.org/rfc/rfc"


_READ = "2026-11"
"""Month in which all of them were last read; a reference that is read again gets a date of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A source."""

    ident: str
    """Stable name that reasons carry."""
    title: str
    publisher: str
    where: str
    """Public address."""
    date: str | None = None
    """Date that the document gives itself (ISO 8601, or a year); None: undated."""
    read: str = _READ
    """Month or day when the document was last read (ISO 8601)."""


_ALL = (
    Reference(
        ident="KB4490718",
        title="Email fails to synchronize to Microsoft Dynamics 365 when encoded with PEC",
        publisher=_MICROSOFT,
        where="https://support.microsoft.com/topic/631b7dd7-f797-8cc2-046c-313ea7e724f7",
    ),
    Reference(
        ident="ms-smime-tracking",
        title="Track S/MIME signed emails (Dynamics 365 App for Outlook)",
        publisher=_MICROSOFT,
        where="https://github.com/MicrosoftDocs/dynamics-365-customer-engagement/blob/main/ce/outlook-app/User/s-mime-email.md",
        date="2021-05-20",
    ),
    Reference(
        ident="sss-setup",
        title="Set up server-side synchronization of email, appointments, contacts, and tasks",
        publisher=_MICROSOFT,
        where=f"{_ADMIN}set-up-server-side-synchronization-of-email-appointments-contacts-and-tasks",
        date="2022-01-21",
    ),
    Reference(
        ident="hh699695",
        title="Email Router tasks and components",
        publisher=_MICROSOFT,
        where=f"{_LEARN}previous-versions/dynamicscrm-2016/administering-dynamics-365/hh699695(v=crm.8)",
        date="2016",
    ),
    Reference(
        ident="sss-troubleshooting",
        title="Troubleshooting and monitoring server-side synchronization",
        publisher=_MICROSOFT,
        where=f"{_SYNC}troubleshooting-monitoring-server-side-synchronization",
        date="2025-02-20",
    ),
    Reference(
        ident="emails-not-tracked",
        title="Emails aren't automatically tracked or synchronized",
        publisher=_MICROSOFT,
        where=f"{_SYNC}emails-not-automatically-tracked-or-synchronized",
        date="2024-11-11",
    ),
    Reference(
        ident="KB4053783",
        title="Error when creating an incoming email in Dynamics 365 (InvalidSender, InvalidForwardMailItem)",
        publisher=_MICROSOFT,
        where=f"{_SYNC}error-when-creating-an-incoming-email",
        date="2024-12-12",
    ),
    Reference(
        ident="KB4471762",
        title="UnknownIncomingEmailIntegrationError when receiving email",
        publisher=_MICROSOFT,
        where=f"{_SYNC}exception-appears-server-side-sync",
        date="2024-12-31",
    ),
    Reference(
        ident="KB4339830",
        title="Email fails to be created with a NoRecipientMatch error",
        publisher=_MICROSOFT,
        where=f"{_SYNC}email-fails-to-create-with-norecipientmatch-error",
        date="2025-04-17",
    ),
    Reference(
        ident="KB4339987",
        title="An email fails to be created with a Duplicate error",
        publisher=_MICROSOFT,
        where=f"{_LEARN}troubleshoot/dynamics-365/sales/an-email-fails-be-created-with-duplicate",
    ),
    Reference(
        ident="KB4522769",
        title="Attachments not tracked to Dynamics 365 after Defender for Office 365 is enabled",
        publisher=_MICROSOFT,
        where=f"{_LEARN}troubleshoot/power-platform/dataverse/d365-app-outlook/attachments-not-tracked-to-dynamics-365-after-office-365-atp-is-enabled",
        date="2025-04-17",
    ),
    Reference(
        ident="orgdborgsettings",
        title="OrgDBOrgSettings for server-side synchronization",
        publisher=_MICROSOFT,
        where=f"{_ADMIN}OrgDbOrgSettings",
        date="2021-08-12",
    ),
    Reference(
        ident="settings-email",
        title="Manage email settings",
        publisher=_MICROSOFT,
        where=f"{_ADMIN}settings-email",
        date="2018-08-10",
    ),
    Reference(
        ident="system-settings-email",
        title="System Settings dialog box, Email tab",
        publisher=_MICROSOFT,
        where=f"{_ADMIN}system-settings-dialog-box-email-tab",
        date="2021-02-17",
    ),
    Reference(
        ident="system-settings-general",
        title="System Settings dialog box, General tab",
        publisher=_MICROSOFT,
        where=f"{_ADMIN}system-settings-dialog-box-general-tab",
        date="2020-11-30",
    ),
    Reference(
        ident="files-images-overview",
        title="Files and images overview (blocked file types)",
        publisher=_MICROSOFT,
        where=f"{_LEARN}power-apps/developer/data-platform/files-images-overview",
        date="2023-02-02",
    ),
    Reference(
        ident="email-table",
        title="Email (Email) table reference",
        publisher=_MICROSOFT,
        where=f"{_LEARN}power-apps/developer/data-platform/reference/entities/email",
    ),
    Reference(
        ident="attachment-table",
        title="Attachment (ActivityMimeAttachment) table reference",
        publisher=_MICROSOFT,
        where=f"{_LEARN}power-apps/developer/data-platform/reference/entities/activitymimeattachment",
    ),
    Reference(
        ident="invalid-characters",
        title="Manage invalid characters in field values",
        publisher=_MICROSOFT,
        where=f"{_LEARN}power-apps/developer/data-platform/best-practices/work-with-data/invalidcharactersinfield",
        date="2021-08-09",
    ),
    Reference(
        ident="training-email-options",
        title="Training: server-side synchronization, configure email processing options",
        publisher=_MICROSOFT,
        where=f"{_LEARN}training/modules/use-services-model-driven-apps/server-side-sync",
    ),
    Reference(
        ident="sensitivity-labels",
        title="Use sensitivity labels for emails (Customer Service)",
        publisher=_MICROSOFT,
        where=f"{_LEARN}dynamics365/customer-service/use/use-sensitivity-labels",
        date="2026-05-01",
    ),
    Reference(
        ident="ms-oxosmime",
        title="MS-OXOSMIME: S/MIME Email Object Algorithm, sections 2.1.3.1 and 2.1.3.2",
        publisher=_MICROSOFT,
        where=f"{_EXCHANGE}ms-oxosmime/",
    ),
    Reference(
        ident="ms-oxormms",
        title="MS-OXORMMS: Rights-Managed Email Object Protocol, sections 2.2.3.1 and 2.2.3.2",
        publisher=_MICROSOFT,
        where=f"{_EXCHANGE}ms-oxormms/",
    ),
    Reference(
        ident="ms-oxcmail",
        title="MS-OXCMAIL: RFC 2822 and MIME to Email Object Conversion Algorithm",
        publisher=_MICROSOFT,
        where=f"{_EXCHANGE}ms-oxcmail/",
    ),
    Reference(
        ident="message-classes",
        title="Item types and message classes",
        publisher=_MICROSOFT,
        where=f"{_LEARN}office/vba/outlook/concepts/forms/item-types-and-message-classes",
        date="2019-06-08",
    ),
    Reference(
        ident="mail-flow-rules",
        title="Mail flow rules in Exchange Online: conditions, actions, protected messages",
        publisher=_MICROSOFT,
        where=f"{_LEARN}exchange/security-and-compliance/mail-flow-rules/mail-flow-rules",
        date="2021-07-14",
    ),
    Reference(
        ident="transport-decryption",
        title="Transport decryption",
        publisher=_MICROSOFT,
        where=f"{_LEARN}exchange/transport-decryption-exchange-2013-help",
        date="2021-07-14",
    ),
    Reference(
        ident="ome-rules",
        title="Define mail flow rules to encrypt email messages",
        publisher=_MICROSOFT,
        where=f"{_LEARN}purview/define-mail-flow-rules-to-encrypt-email",
    ),
    Reference(
        ident="message-security-type",
        title="MessageSecurityType enumeration (Exchange Server)",
        publisher=_MICROSOFT,
        where=f"{_LEARN}previous-versions/office/exchange-server-api/aa566247(v=exchg.150)",
    ),
    Reference(
        ident="read-add-ins",
        title="Create Outlook add-ins for read forms",
        publisher=_MICROSOFT,
        where=f"{_LEARN}outlook/add-ins/read-scenario",
    ),
    Reference(
        ident="app-appointments",
        title="Dynamics 365 App for Outlook, part 5: working with appointments (Microsoft field blog; read in copies)",
        publisher=_MICROSOFT,
        where="https://businessintelligenceinfo.com",
        date="2018-12-07",
    ),
    Reference(
        ident="email-router-retirement",
        title="Migrate settings from the Email Router to server-side synchronization",
        publisher=_MICROSOFT,
        where=f"{_LEARN}previous-versions/dynamicscrm-2016/administering-dynamics-365/dn832114(v=crm.8)",
    ),
    Reference(
        ident="msip-labels",
        title="Email handling with sensitivity labels (msip_labels)",
        publisher="Australian Signals Directorate",
        where="https://blueprint.asd.gov.au/design/shared-services/purview/email-handling",
    ),
    Reference(
        ident="rfc6109",
        title="RFC 6109: La Posta Elettronica Certificata",
        publisher="IETF",
        where=f"{_RFC}6109",
        date="2011-04",
    ),
    Reference(
        ident="rfc8551",
        title="RFC 8551: S/MIME 4.0 Message Specification",
        publisher="IETF",
        where=f"{_RFC}8551",
        date="2019-04",
    ),
    Reference(
        ident="rfc3156",
        title="RFC 3156: MIME Security with OpenPGP",
        publisher="IETF",
        where=f"{_RFC}3156",
        date="2001-08",
    ),
    Reference(
        ident="rfc5322",
        title="RFC 5322: Internet Message Format",
        publisher="IETF",
        where=f"{_RFC}5322",
        date="2008-10",
    ),
    Reference(
        ident="rfc2046",
        title="RFC 2046: MIME, Media Types",
        publisher="IETF",
        where=f"{_RFC}2046",
        date="1996-11",
    ),
    Reference(
        ident="rfc3834",
        title="RFC 3834: Automatic Responses to Electronic Mail",
        publisher="IETF",
        where=f"{_RFC}3834",
        date="2004-08",
    ),
    Reference(
        ident="rfc5546",
        title="RFC 5546: iTIP",
        publisher="IETF",
        where=f"{_RFC}5546",
        date="2009-12",
    ),
    Reference(
        ident="rfc6522",
        title="RFC 6522: multipart/report",
        publisher="IETF",
        where=f"{_RFC}6522",
        date="2012-01",
    ),
    Reference(
        ident="xml10",
        title="Extensible Markup Language 1.0, production 2 (Char)",
        publisher="W3C",
        where="https://www.w3.org/TR/xml/",
        date="2008",
    ),
)

REFERENCES: dict[str, Reference] = {reference.ident: reference for reference in _ALL}
"""Every source by its ident, in the order in which they are listed."""
