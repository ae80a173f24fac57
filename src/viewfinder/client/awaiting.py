"""Every call of the API as a method of the client that is awaited.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from viewfinder.client.operations import (
    account,
    asking,
    conversations,
    governing,
    jobs,
    media,
    server,
    uploads,
    videos,
    webhooks,
)
from viewfinder.client.senders import AsyncSender, awaits, iterates


class AsyncCalls(AsyncSender):
    """A method for each operation, under its name in the document."""

    # server
    lives = awaits(server.lives)
    is_ready = awaits(server.is_ready)
    metrics = awaits(server.metrics)
    # account
    me = awaits(account.me)
    choose_purpose = awaits(account.choose_purpose)
    change_password = awaits(account.change_password)
    list_accounts = awaits(account.list_accounts)
    add_account = awaits(account.add_account)
    remove_account = awaits(account.remove_account)
    list_tokens = awaits(account.list_tokens)
    make_token = awaits(account.make_token)
    revoke_token = awaits(account.revoke_token)
    # asking
    plan = awaits(asking.plan)
    search = awaits(asking.search)
    search_image = awaits(asking.search_image)
    similar_moments = awaits(asking.similar_moments)
    ask_by_address = awaits(asking.ask_by_address)
    ask_by_address_events = iterates(asking.ask_by_address)
    ask = awaits(asking.ask)
    ask_events = iterates(asking.ask)
    ask_stream = iterates(asking.ask_stream)
    # conversations
    list_conversations = awaits(conversations.list_conversations)
    start_conversation = awaits(conversations.start_conversation)
    start_conversation_events = iterates(conversations.start_conversation)
    take_turn = awaits(conversations.take_turn)
    take_turn_events = iterates(conversations.take_turn)
    get_conversation = awaits(conversations.get_conversation)
    forget_conversation = awaits(conversations.forget_conversation)
    export_conversation = awaits(conversations.export_conversation)
    replay_conversation = awaits(conversations.replay_conversation)
    # videos
    list_videos = awaits(videos.list_videos)
    get_video = awaits(videos.get_video)
    get_notes = awaits(videos.get_notes)
    get_transcript = awaits(videos.get_transcript)
    export_transcript = awaits(videos.export_transcript)
    get_shots = awaits(videos.get_shots)
    get_segments = awaits(videos.get_segments)
    forget_video = awaits(videos.forget_video)
    # media
    get_media = awaits(media.get_media)
    get_playback = awaits(media.get_playback)
    get_media_part = awaits(media.get_media_part)
    get_thumbnail = awaits(media.get_thumbnail)
    get_sprite = awaits(media.get_sprite)
    get_sprite_index = awaits(media.get_sprite_index)
    get_captions = awaits(media.get_captions)
    # uploads
    upload_options = awaits(uploads.upload_options)
    create_upload = awaits(uploads.create_upload)
    get_upload = awaits(uploads.get_upload)
    head_upload = awaits(uploads.head_upload)
    append_upload = awaits(uploads.append_upload)
    end_upload = awaits(uploads.end_upload)
    # jobs
    list_jobs = awaits(jobs.list_jobs)
    add_footage = awaits(jobs.add_footage)
    get_job = awaits(jobs.get_job)
    cancel_job = awaits(jobs.cancel_job)
    retry_job = awaits(jobs.retry_job)
    follow_job = iterates(jobs.follow_job)
    # webhooks
    list_webhooks = awaits(webhooks.list_webhooks)
    add_webhook = awaits(webhooks.add_webhook)
    remove_webhook = awaits(webhooks.remove_webhook)
    ping_webhook = awaits(webhooks.ping_webhook)
    list_deliveries = awaits(webhooks.list_deliveries)
    # governing
    list_people = awaits(governing.list_people)
    list_purposes = awaits(governing.list_purposes)
    get_access = awaits(governing.get_access)
    restrict_video = awaits(governing.restrict_video)
    list_consent = awaits(governing.list_consent)
    note_consent = awaits(governing.note_consent)
    withdraw_consent = awaits(governing.withdraw_consent)
    list_holds = awaits(governing.list_holds)
    place_hold = awaits(governing.place_hold)
    review_hold = awaits(governing.review_hold)
    release_hold = awaits(governing.release_hold)
    preview_retention = awaits(governing.preview_retention)
    run_retention = awaits(governing.run_retention)
    list_overrides = awaits(governing.list_overrides)
    ask_override = awaits(governing.ask_override)
    answer_override = awaits(governing.answer_override)
    list_switches = awaits(governing.list_switches)
    turn_switch = awaits(governing.turn_switch)
    list_alarms = awaits(governing.list_alarms)
    list_profiles = awaits(governing.list_profiles)
    diff_profiles = awaits(governing.diff_profiles)
    use_profile = awaits(governing.use_profile)
    list_log = awaits(governing.list_log)
    who_saw_video = awaits(governing.who_saw_video)
    verify_log = awaits(governing.verify_log)
    prove_line = awaits(governing.prove_line)
    bundle_log = awaits(governing.bundle_log)
    get_facts = awaits(governing.get_facts)
    get_counts = awaits(governing.get_counts)
    get_document = awaits(governing.get_document)
    list_models = awaits(governing.list_models)
    get_health = awaits(governing.get_health)
    certify_video = awaits(governing.certify_video)
    scrub = awaits(governing.scrub)
