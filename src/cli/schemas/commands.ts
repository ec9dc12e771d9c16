/** The JSON schemas of all commands. */
import { type TSchema, Type } from '@sinclair/typebox';
import { actResult } from './act.ts';
import { actionSummary, damagedAction, shownAction } from './actions.ts';
import { newApiKey } from './api-key-create.ts';
import { apiKeySchema } from './api-key-list.ts';
import { revokedApiKey } from './api-key-revoke.ts';
import { settingSchema } from './config.ts';
import { changedSetting } from './config-set.ts';
import { conformanceCases, conformanceReport } from './conform.ts';
import { deliveryView } from './deliveries.ts';
import { dnsCheckReport } from './dns-check.ts';
import { homeExamination, peerExamination } from './doctor.ts';
import { errorOutput } from './error.ts';
import { codePage, storySchema } from './explain.ts';
import { actionReport } from './fetch-action.ts';
import { fileReport } from './fetch-file.ts';
import { failedProfile, profileReport } from './fetch-profile.ts';
import { addedFile } from './file-add.ts';
import { foundFile } from './file-export.ts';
import { swept } from './file-gc.ts';
import { localFile, missingFile } from './file-list.ts';
import { deliveryReport, followResult } from './follow.ts';
import { hostedIdentity } from './identity-list.ts';
import { arrivalSchema } from './inbox-log.ts';
import { initResult } from './init.ts';
import { addedKey, keyFile, keyList, revokedKey } from './keygen.ts';
import { loadResult } from './load.ts';
import { changedPassword } from './password-set.ts';
import { banSchema, forgottenPeer, knownPeerSchema, retriedPeer } from './peer.ts';
import { changedProfile } from './profile-set.ts';
import { ownProfile, peerProfile } from './profile-show.ts';
import { relationView } from './relations.ts';
import { bugReport } from './report.ts';
import { answerSchema } from './request.ts';
import { resultsDocument } from './results.ts';
import { sandboxCert } from './sandbox-cert.ts';
import { demoResult } from './sandbox-demo.ts';
import { sandboxDown } from './sandbox-down.ts';
import { sandboxStatus } from './sandbox-status.ts';
import { sandboxReady } from './sandbox-up.ts';
import { readyLine } from './serve.ts';
import { signedToken } from './sign-token.ts';
import { smokeTestReport } from './smoke-test.ts';
import { statusResult } from './status.ts';
import { storeCheck } from './store-check.ts';
import { storeCompact } from './store-compact.ts';
import { storeRebuild } from './store-rebuild.ts';
import { createdToken } from './token-create.ts';
import { traceSpan } from './trace-span.ts';
import { blockSchema, treatmentResult } from './treatment.ts';
import { failedInspection, inspectionReport, verifyTokenReport } from './verify-token.ts';
import { watchedAction } from './watch.ts';

/** The schemas of what each command writes with `--json` when it succeeds. */
const RESULTS: Readonly<Record<string, readonly TSchema[]>> = {
  accept: [actResult],
  action: [actResult],
  actions: [actionSummary, shownAction, damagedAction],
  'api-key create': [newApiKey],
  'api-key list': [apiKeySchema],
  'api-key revoke': [revokedApiKey],
  'bans lift': [banSchema],
  'bans list': [banSchema],
  block: [treatmentResult],
  'blocks export': [blockSchema],
  'blocks import': [treatmentResult],
  comment: [actResult],
  'config explain': [settingSchema],
  'config get': [settingSchema],
  'config set': [changedSetting],
  'config unset': [changedSetting],
  config: [settingSchema],
  conform: [conformanceReport, conformanceCases],
  connect: [actResult],
  delete: [actResult],
  deliver: [deliveryReport],
  'deliveries drop': [deliveryReport],
  'deliveries list': [deliveryView],
  'deliveries retry': [deliveryReport],
  deliveries: [deliveryView],
  disconnect: [actResult],
  dismiss: [actResult],
  'dns-check': [dnsCheckReport],
  doctor: [peerExamination, homeExamination],
  // What came: an action, or with --refused an arrival.
  expect: [watchedAction, arrivalSchema],
  explain: [storySchema, codePage],
  'fetch-action': [actionReport],
  'fetch-file': [fileReport],
  'fetch-profile': [profileReport, failedProfile],
  'file add': [addedFile],
  'file export': [foundFile],
  'file gc': [swept],
  'file list': [localFile, missingFile],
  follow: [followResult],
  get: [answerSchema],
  'identity list': [hostedIdentity],
  'inbox log': [arrivalSchema],
  init: [initResult],
  'key list': [keyList],
  keygen: [addedKey, revokedKey, keyFile],
  load: [loadResult],
  message: [actResult],
  mute: [treatmentResult],
  'password clear': [changedPassword],
  'password set': [changedPassword],
  'peer forget': [forgottenPeer],
  'peer retry': [retriedPeer],
  'peer show': [knownPeerSchema],
  post: [actResult],
  'profile set': [changedProfile],
  'profile show': [ownProfile, peerProfile],
  react: [actResult],
  reject: [actResult],
  relations: [relationView],
  report: [bugReport],
  repost: [actResult],
  request: [answerSchema],
  'sandbox cert': [sandboxCert],
  'sandbox demo': [sandboxReady, demoResult],
  'sandbox down': [sandboxDown],
  // The output is that of the command that it runs.
  'sandbox exec': [],
  'sandbox status': [sandboxStatus],
  'sandbox up': [sandboxReady],
  serve: [readyLine],
  'sign-token': [signedToken],
  'smoke-test': [smokeTestReport],
  status: [statusResult],
  'store check': [storeCheck],
  'store compact': [storeCompact],
  'store rebuild': [storeRebuild],
  'token create': [createdToken],
  unblock: [treatmentResult],
  unfollow: [followResult],
  unmute: [treatmentResult],
  'verify-token': [verifyTokenReport, inspectionReport, failedInspection],
  watch: [watchedAction],
};

/** The schema of each command's output, of `--report json=FILE`, and of the lines of `--trace`, by the name of its file: `store-check`. */
export function commandSchemas(): Map<string, TSchema> {
  return new Map<string, TSchema>([
    ...Object.entries(RESULTS).map(([command, results]): [string, TSchema] => {
      const $id = command.replaceAll(' ', '-');
      return [$id, Type.Union([...results, errorOutput], { $id, title: `${command} --json` })];
    }),
    ['results', resultsDocument],
    ['trace-span', traceSpan],
  ]);
}
