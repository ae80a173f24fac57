"""Every call of the API as a method of the client that waits.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from viewfinder.client.operations import (
    account,
    asking,
    conversations,
    exports,
    governing,
    media,
    mine,
    videos,
    work,
)
from viewfinder.client.senders import Sender, waits, yields


class Calls(Sender):
    """A method for each operation, under its name in the document."""

    # account
    lives = waits(account.lives)
    is_ready = waits(account.is_ready)
    metrics = waits(account.metrics)
    me = waits(account.me)
    choose_purpose = waits(account.choose_purpose)
    change_password = waits(account.change_password)
    list_accounts = waits(account.list_accounts)
    add_account = waits(account.add_account)
    remove_account = waits(account.remove_account)
    list_tokens = waits(account.list_tokens)
    make_token = waits(account.make_token)
    revoke_token = waits(account.revoke_token)
    # asking
    plan = waits(asking.plan)
    search = waits(asking.search)
    search_image = waits(asking.search_image)
    similar_moments = waits(asking.similar_moments)
    ask_by_address = waits(asking.ask_by_address)
    ask_by_address_events = yields(asking.ask_by_address)
    ask = waits(asking.ask)
    ask_events = yields(asking.ask)
    ask_stream = yields(asking.ask_stream)
    # conversations
    list_conversations = waits(conversations.list_conversations)
    start_conversation = waits(conversations.start_conversation)
    start_conversation_events = yields(conversations.start_conversation)
    take_turn = waits(conversations.take_turn)
    take_turn_events = yields(conversations.take_turn)
    get_conversation = waits(conversations.get_conversation)
    forget_conversation = waits(conversations.forget_conversation)
    export_conversation = waits(conversations.export_conversation)
    replay_conversation = waits(conversations.replay_conversation)
    # videos
    list_videos = waits(videos.list_videos)
    get_video = waits(videos.get_video)
    get_notes = waits(videos.get_notes)
    get_transcript = waits(videos.get_transcript)
    export_transcript = waits(videos.export_transcript)
    get_shots = waits(videos.get_shots)
    get_segments = waits(videos.get_segments)
    forget_video = waits(videos.forget_video)
    # media
    get_media = waits(media.get_media)
    get_playback = waits(media.get_playback)
    get_media_part = waits(media.get_media_part)
    get_thumbnail = waits(media.get_thumbnail)
    get_sprite = waits(media.get_sprite)
    get_sprite_index = waits(media.get_sprite_index)
    get_captions = waits(media.get_captions)
    # work
    upload_options = waits(work.upload_options)
    create_upload = waits(work.create_upload)
    get_upload = waits(work.get_upload)
    head_upload = waits(work.head_upload)
    append_upload = waits(work.append_upload)
    end_upload = waits(work.end_upload)
    list_jobs = waits(work.list_jobs)
    add_footage = waits(work.add_footage)
    get_job = waits(work.get_job)
    cancel_job = waits(work.cancel_job)
    retry_job = waits(work.retry_job)
    follow_job = yields(work.follow_job)
    list_webhooks = waits(work.list_webhooks)
    add_webhook = waits(work.add_webhook)
    remove_webhook = waits(work.remove_webhook)
    ping_webhook = waits(work.ping_webhook)
    list_deliveries = waits(work.list_deliveries)
    # mine
    list_collections = waits(mine.list_collections)
    make_collection = waits(mine.make_collection)
    get_collection = waits(mine.get_collection)
    change_collection = waits(mine.change_collection)
    forget_collection = waits(mine.forget_collection)
    put_item = waits(mine.put_item)
    change_item = waits(mine.change_item)
    take_item_out = waits(mine.take_item_out)
    list_searches = waits(mine.list_searches)
    save_search = waits(mine.save_search)
    change_search = waits(mine.change_search)
    forget_search = waits(mine.forget_search)
    run_search = waits(mine.run_search)
    list_judgements = waits(mine.list_judgements)
    judge_moment = waits(mine.judge_moment)
    judge_answer = waits(mine.judge_answer)
    forget_judgement = waits(mine.forget_judgement)
    export_judgements = waits(mine.export_judgements)
    list_corrections = waits(mine.list_corrections)
    put_right = waits(mine.put_right)
    take_back = waits(mine.take_back)
    compare_moments = waits(mine.compare_moments)
    # exports
    export_clip = waits(exports.export_clip)
    export_still = waits(exports.export_still)
    export_contact_sheet = waits(exports.export_contact_sheet)
    export_citation = waits(exports.export_citation)
    export_answer = waits(exports.export_answer)
    export_timeline = waits(exports.export_timeline)
    # governing
    list_people = waits(governing.list_people)
    list_purposes = waits(governing.list_purposes)
    get_access = waits(governing.get_access)
    restrict_video = waits(governing.restrict_video)
    list_consent = waits(governing.list_consent)
    note_consent = waits(governing.note_consent)
    withdraw_consent = waits(governing.withdraw_consent)
    list_holds = waits(governing.list_holds)
    place_hold = waits(governing.place_hold)
    review_hold = waits(governing.review_hold)
    release_hold = waits(governing.release_hold)
    preview_retention = waits(governing.preview_retention)
    run_retention = waits(governing.run_retention)
    list_overrides = waits(governing.list_overrides)
    ask_override = waits(governing.ask_override)
    answer_override = waits(governing.answer_override)
    list_switches = waits(governing.list_switches)
    turn_switch = waits(governing.turn_switch)
    list_alarms = waits(governing.list_alarms)
    list_profiles = waits(governing.list_profiles)
    diff_profiles = waits(governing.diff_profiles)
    use_profile = waits(governing.use_profile)
    list_log = waits(governing.list_log)
    who_saw_video = waits(governing.who_saw_video)
    verify_log = waits(governing.verify_log)
    prove_line = waits(governing.prove_line)
    get_log_key = waits(governing.get_log_key)
    sign_log = waits(governing.sign_log)
    bundle_log = waits(governing.bundle_log)
    get_facts = waits(governing.get_facts)
    get_counts = waits(governing.get_counts)
    get_document = waits(governing.get_document)
    list_models = waits(governing.list_models)
    get_health = waits(governing.get_health)
    certify_video = waits(governing.certify_video)
    get_provenance = waits(governing.get_provenance)
    pack_subject = waits(governing.pack_subject)
    scrub = waits(governing.scrub)
