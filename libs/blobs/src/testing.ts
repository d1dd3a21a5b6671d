export { BUCKET, CREDENTIALS, type S3Server, startS3Server } from './testing/s3-server.ts';
